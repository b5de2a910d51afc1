"""What administrators do on the machine: `valhub admin …`, without SQL and without Python."""
