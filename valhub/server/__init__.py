"""Running the hub on one machine: the web server, workers and sweeper as one command."""
