"""The order of a board without its rows, for readers who bring rows of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

from valhub.leaderboards.columns import visible_columns
from valhub.leaderboards.models import Board, Entry
from valhub.leaderboards.selectors.cursors import read_place, write_cursor
from valhub.leaderboards.selectors.positions import find_positions
from valhub.leaderboards.selectors.ranges import scores_in


@dataclass(frozen=True)
class Standings:
    """Keys of entries, best first, and the cursor of those that follow."""

    entries: tuple[int, ...]
    next: str | None


def standings(
    *, board: Board, column: str | None = None, cursor: str | None = None, size: int
) -> Standings:
    """Read the order of a board, all in one query.

    Parameters are those of `pages.board_page`, and its cursors are accepted too.

    Raises
    ------
    Invalid
        The board has no such column.
    Malformed
        The cursor is not of this board and column.
    """
    columns = visible_columns(board.version)
    found, at = read_place(cursor, board=board, columns=columns, column=column)
    if found is None or board.pk is None:
        return Standings((), None)
    positions = find_positions(scores_in(board, found.name), at, size)
    entries = tuple(key.entry_id for key in positions.keys)
    return Standings(entries, write_cursor(positions.next, board=board, column=found.name))


def runs_of(entries: Sequence[int]) -> list[int]:
    """Give the runs of some entries, in their order; entries that have gone are left out."""
    runs = dict(Entry.objects.filter(pk__in=entries).values_list("pk", "run_id"))
    return [runs[entry] for entry in entries if entry in runs]
