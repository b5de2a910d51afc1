"""Algorithms, read without running them: the function, its arguments, its imports."""
