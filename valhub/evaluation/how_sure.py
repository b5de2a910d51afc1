"""The page "How sure is a score, and who is better?", which boards and reports show."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
# In an installed package, and in the repository.
_PLACES = (_PACKAGE / "docs", _PACKAGE.parent / "docs")


@cache
def how_sure() -> str:
    """Give the page as Markdown."""
    [found, *_] = [one for place in _PLACES if (one := place / "how-sure.md").is_file()]
    return found.read_text(encoding="utf-8")
