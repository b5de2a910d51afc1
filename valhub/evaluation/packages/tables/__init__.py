"""Data files, CSV or Parquet, as columns of values; what is odd is a fault with its line."""
