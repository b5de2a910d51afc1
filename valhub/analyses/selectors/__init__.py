"""What is read of analyses, by who may see it."""
