"""Time stamps and time zones, in all the ways in which people write them."""
