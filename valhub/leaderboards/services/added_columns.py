"""Keeps every entry of a board in every column, also in those a script package learns later."""

from collections.abc import Sequence

from valhub.analyses.board_columns import BoardColumn
from valhub.leaderboards.models import Board, Entry, Score
from valhub.leaderboards.order import place_of

_BATCH = 500


def add_columns(board: Board, columns: Sequence[BoardColumn]) -> None:
    """Give the entries of a locked board their scores, without value, in columns that are new.

    Every entry is in the same columns, so one entry shows which are new.
    """
    one = Entry.objects.filter(board=board).first()
    if one is None:
        return
    known = set(Score.objects.filter(entry=one).values_list("column", flat=True))
    new = [column for column in columns if column.name not in known]
    if new:
        entries = Entry.objects.filter(board=board)
        scores = (_missing(entry, column) for entry in entries.iterator() for column in new)
        Score.objects.bulk_create(scores, batch_size=_BATCH)


def _missing(entry: Entry, column: BoardColumn) -> Score:
    place = place_of(None, coverage=entry.coverage, best=column.best)
    return Score(
        board_id=entry.board_id,
        entry=entry,
        column=column.name,
        standing=place.standing,
        sort_value=place.sort_value,
        submitted_at=entry.submitted_at,
    )
