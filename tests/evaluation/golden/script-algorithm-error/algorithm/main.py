"""Cannot do odd numbers."""


def predict(number):
    """Return the square of an even number."""
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number * number
