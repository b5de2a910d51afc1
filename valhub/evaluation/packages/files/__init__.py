"""Files as they come in and as they lie on disk: archives, folders, names, first bytes, caches."""
