"""What changes accounts: registering, updating, deleting, signing in."""
