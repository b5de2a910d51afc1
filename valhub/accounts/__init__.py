"""People: accounts, their roles, signing in."""
