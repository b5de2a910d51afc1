"""Hints for misspelt names: the close ones among those that exist."""

import difflib
from collections.abc import Iterable


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
    known = sorted(set(names))
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{close[0]}"?'
    return f"Available names: {', '.join(known[:30])}." if known else ""
