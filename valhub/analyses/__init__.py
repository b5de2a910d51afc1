"""Analyses: what organisers publish, its immutable versions and their data files."""
