"""Pages of boards and ranks."""
