"""Hints for misspelt names: the close ones among those that exist."""

import difflib
from collections.abc import Iterable

# Comparing takes long for long texts, and a hint is no help among hundreds of them.
_LONGEST = 100
_MOST_HINTS = 20
_MOST_NAMES = 2_000


class Hints:
    """Hints for several names that do not exist, among the same ones that do.

    The first twenty get one. Each is compared with all names, so that hints for all would cost as
    much as the product of both.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._known = _short(names)
        self._left = _MOST_HINTS

    def __call__(self, word: str) -> str:
        """Say which name was probably meant, as a sentence, or list the names that exist.

        Parameters
        ----------
        word : str
            The name that does not exist.

        Returns
        -------
        str
            `Did you mean "x"?`, else `Available names: a, b, c.`, else an empty string.
        """
        if self._left <= 0:
            return ""
        self._left -= 1
        close = _closest(word, self._known)
        if close:
            return f'Did you mean "{close}"?'
        return f"Available names: {', '.join(self._known[:30])}." if self._known else ""


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Give the hint for a single name; see `Hints`."""
    return Hints(names)(word)


def closest(word: str, names: Iterable[str]) -> str | None:
    """Find the name that was probably meant; None when no name is close."""
    return _closest(word, _short(names))


def _closest(word: str, known: list[str]) -> str | None:
    if len(word) > _LONGEST:
        return None
    bare = bare_name(word)
    alike = next((name for name in known if bare_name(name) == bare), None)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return alike or (close[0] if close else None)


def bare_name(name: str) -> str:
    """Reduce a name to what its ways of writing have in common: `getAngle` and `get_angle`."""
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")


def _short(names: Iterable[str]) -> list[str]:
    """Sort the names that somebody may have meant."""
    return sorted({name for name in names if len(name) <= _LONGEST})[:_MOST_NAMES]
