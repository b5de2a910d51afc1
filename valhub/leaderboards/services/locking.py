"""The lock of a board: whoever changes it holds its row until the transaction ends."""

from valhub.analyses.models import AnalysisVersion, Kind
from valhub.cloud.row_locks import locked
from valhub.leaderboards.models import Board


def lock_board(version: AnalysisVersion) -> Board:
    """Give a version's board, locked for the rest of the transaction; make it when it is missing.

    What the caller reads afterwards is what the last holder committed.
    """
    boards = Board.objects.filter(version=version)
    # A script package learns its columns with the version locked. Whoever takes both locks takes
    # that one first, or two could wait for each other. It also keeps two from making one board.
    if version.kind == Kind.SCRIPT or not boards.exists():
        locked(AnalysisVersion.objects).get(pk=version.pk)
        Board.objects.get_or_create(version=version)
    return locked(boards).get()
