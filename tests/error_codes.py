"""The reason of an error whose class is a kind: `pytest.raises(Kind, check=coded("the-code"))`."""

from collections.abc import Callable

from valhub.errors import ValhubError


def coded(code: str) -> Callable[[ValhubError], bool]:
    """Build the check that an error has exactly this code."""
    return lambda error: error.code == code
