"""Task packages: configuration, metadata, data and hidden truth, checked and prepared."""
