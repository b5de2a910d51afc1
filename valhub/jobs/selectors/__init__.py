"""Reading submissions, as far as the reader may see them."""
