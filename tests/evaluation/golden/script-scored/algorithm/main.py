"""Squares, but not above ten."""


def predict(number):
    """Return the square."""
    return min(number * number, 10)
