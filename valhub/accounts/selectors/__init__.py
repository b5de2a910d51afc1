"""Reading accounts, as far as the reader may see them."""
