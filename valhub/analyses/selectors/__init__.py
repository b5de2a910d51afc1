"""Reading analyses, as far as the reader may see them."""
