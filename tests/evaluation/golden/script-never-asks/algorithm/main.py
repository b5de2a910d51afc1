"""Squares."""


def predict(number):
    """Return the square."""
    return number * number
