"""The pages, for people: rendered on the server, readable without any script."""
