"""Answers with the arguments it was given, so that their order shows in the errors."""


def find_the_place(series, longitude, latitude=None):
    """Return latitude and longitude in degrees."""
    return latitude, longitude
