"""What the hub reports to those who run it: structured logs and counts."""
