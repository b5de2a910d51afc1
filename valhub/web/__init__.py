"""The people's door: pages drawn on the server, readable without any script."""
