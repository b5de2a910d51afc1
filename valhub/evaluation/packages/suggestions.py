"""Hints for misspelt names: the close ones among those that exist."""

import difflib
from collections.abc import Iterable

_LONGEST = 100
_MOST = 2_000


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Say which name was probably meant, as a sentence, or list the names that exist.

    Parameters
    ----------
    word : str
        The name that does not exist.
    names : iterable of str
        The names that do.

    Returns
    -------
    str
        `Did you mean "x"?`, else `Available names: a, b, c.`, else an empty string.
    """
    known = _short(names)
    close = closest(word, known)
    if close:
        return f'Did you mean "{close}"?'
    return f"Available names: {', '.join(known[:30])}." if known else ""


def closest(word: str, names: Iterable[str]) -> str | None:
    """Find the name that was probably meant; None when no name is close."""
    if len(word) > _LONGEST:
        return None
    known, bare = _short(names), _bare(word)
    alike = next((name for name in known if _bare(name) == bare), None)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return alike or (close[0] if close else None)


def _bare(name: str) -> str:
    """Reduce a name to what its ways of writing have in common: `getAngle` and `get_angle`."""
    return name.casefold().replace("_", "").replace("-", "")


def _short(names: Iterable[str]) -> list[str]:
    """Sort the names that somebody may have meant; comparing takes as long as they are."""
    return sorted({name for name in names if len(name) <= _LONGEST})[:_MOST]
