"""Which positions of a column a page holds, and the cursors of its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass

from valhub.leaderboards.order import Key
from valhub.leaderboards.selectors.cursors import Cursor
from valhub.leaderboards.selectors.ranges import Scores, keys_before, keys_behind


@dataclass(frozen=True)
class Positions:
    """The positions of a page, in order.

    Attributes
    ----------
    is_first : bool
        Nothing stands before them.
    next, previous : Cursor or None
        The pages behind and before.
    """

    keys: Sequence[Key]
    is_first: bool
    next: Cursor | None
    previous: Cursor | None


def find_positions(scores: Scores, cursor: Cursor | None, size: int) -> Positions:
    """Find the positions of the page a cursor points to, or of the first page."""
    start = _start(scores, cursor, size)
    # One more than the page holds shows whether there is a next page.
    found = keys_behind(scores, start, size + 1)
    keys = found[:size]
    behind = Cursor(keys[-1]) if len(found) > size else None
    before = None
    if start is not None:
        before = Cursor(keys[0] if keys else start, backward=True)
    return Positions(keys, start is None, behind, before)


def _start(scores: Scores, cursor: Cursor | None, size: int) -> Key | None:
    """Find the position a page comes behind; None for the first page."""
    if cursor is None:
        return None
    if not cursor.backward:
        return cursor.key
    earlier = keys_before(scores, cursor.key, size + 1)
    # With fewer before it, the page before is the first one, and that one is always full.
    return earlier[size] if len(earlier) > size else None
