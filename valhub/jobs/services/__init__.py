"""What changes submissions and their work: queueing, leases, results, ends."""
