"""What is read of accounts, by who may see it."""
