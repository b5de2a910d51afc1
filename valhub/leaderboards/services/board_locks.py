"""The lock of a board: whoever changes it holds its row until the transaction ends.

With every change, its number goes up.
"""

from django.db.models import F

from valhub.analyses.models import AnalysisVersion
from valhub.cloud.row_locks import locked
from valhub.leaderboards.models import Board


def make_board(version: AnalysisVersion) -> None:
    """Make a version's board when it is missing; inside a transaction.

    The version is locked for it, so that two do not make one board. A service that finishes a run
    calls this before it changes the run's row: MySQL and MariaDB then hold a shared lock on the
    version, and of two that hold one, neither gets the other.
    """
    if not Board.objects.filter(version=version).exists():
        locked(AnalysisVersion.objects).get(pk=version.pk)
        Board.objects.get_or_create(version=version)


def lock_board(version: AnalysisVersion) -> Board:
    """Give a version's board, locked for the rest of the transaction.

    What the caller reads afterwards is what the last holder committed.
    """
    make_board(version)
    return locked(Board.objects).get(version=version)


def note_change(board: Board, *, entries: int = 0) -> None:
    """Give a locked board its next number, and so many more entries."""
    Board.objects.filter(pk=board.pk).update(
        number=F("number") + 1, entries_count=F("entries_count") + entries
    )
