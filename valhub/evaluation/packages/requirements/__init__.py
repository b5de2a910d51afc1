"""What an algorithm or a task needs installed, and until when it must have been uploaded."""
