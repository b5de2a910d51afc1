"""SQLite as the hub uses it."""
