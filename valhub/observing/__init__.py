"""What the hub tells those who run it: structured logs, counts, and what lines speak of."""
