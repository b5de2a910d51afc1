"""Pages of a board, each a few short reads of indexes however long the board is.

Where a page begins is found first, then its positions, its entries and their scores. Only a page
that is not the first counts, to know the rank it begins with.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

from valhub.analyses.board_columns import BoardColumn
from valhub.leaderboards.columns import visible_columns
from valhub.leaderboards.models import Board
from valhub.leaderboards.selectors.cursors import Cursor, read_place, write_cursor
from valhub.leaderboards.selectors.positions import Positions, find_positions
from valhub.leaderboards.selectors.ranges import (
    Scores,
    count_better,
    count_ties_before,
    scores_in,
)
from valhub.leaderboards.selectors.rows import BoardRow, read_rows

PAGE_SIZE = 50
READINGS = 3
"""How often a page is read again because the board changed meanwhile."""


@dataclass(frozen=True)
class Page:
    """Some rows of a board, in order.

    Attributes
    ----------
    columns : tuple of BoardColumn
        What the board shows, the primary one first.
    column : BoardColumn or None
        What it is sorted by; None when the board has no columns yet.
    next, previous : str or None
        Cursors of the pages behind and before.
    number : int
        The board's number when the page was read: as long as the board has it, the page is the
        same, but for the names of authors.
    """

    rows: tuple[BoardRow, ...]
    next: str | None
    previous: str | None
    number: int
    columns: tuple[BoardColumn, ...]
    column: BoardColumn | None

    @property
    def is_ranking(self) -> bool:
        """Whether it is sorted by what ranks, and not by another column."""
        return self.column is not None and self.column == self.columns[0]


def board_page(
    *, board: Board, column: str | None = None, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page:
    """Read a page of a board.

    Parameters
    ----------
    board : Board
        From `board_of`.
    column : str, optional
        Name of the column to sort by; the primary one by default.
    cursor : str, optional
        A page's `next` or `previous`; the first page by default.
    size : int
        Rows of a page, at least 1.

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
        return Page((), None, None, board.number, columns, found)
    # A page is read in several queries; what changes between them would tear it.
    for _ in range(READINGS):
        number = _number(board)
        reading = _read(board, columns, found, at, size)
        if _number(board) == number:
            break
    return replace(reading, number=number)


def _number(board: Board) -> int:
    return Board.objects.values_list("number", flat=True).get(pk=board.pk)


def _read(
    board: Board,
    columns: tuple[BoardColumn, ...],
    column: BoardColumn,
    cursor: Cursor | None,
    size: int,
) -> Page:
    scores = scores_in(board, column.name)
    found = find_positions(scores, cursor, size)
    rows = read_rows(found.keys, _ranks(scores, found), columns)
    following, previous = (
        write_cursor(one, board=board, column=column.name) for one in (found.next, found.previous)
    )
    return Page(rows, following, previous, board.number, columns, column)


def _ranks(scores: Scores, found: Positions) -> list[int]:
    """Rank the positions of a page; ties across its border share their rank too."""
    keys = found.keys
    if not keys:
        return []
    rank = 1 if found.is_first else 1 + count_better(scores, keys[0])
    position = rank if found.is_first else rank + count_ties_before(scores, keys[0])
    ranks = [rank]
    for offset, (last, key) in enumerate(pairwise(keys), start=1):
        ranks.append(ranks[-1] if key.place == last.place else position + offset)
    return ranks
