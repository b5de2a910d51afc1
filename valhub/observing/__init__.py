"""What the hub tells those who run it: structured logs, and which request or work they speak of."""
