"""What is read of submissions, by who may see it."""
