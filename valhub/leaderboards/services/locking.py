"""The lock of a board: whoever changes it holds its row until the transaction ends."""

from valhub.analyses.models import AnalysisVersion
from valhub.leaderboards.models import Board


def lock_board(version: AnalysisVersion) -> Board:
    """Give a version's board, locked for the rest of the transaction; make it when it is missing.

    What the caller reads afterwards is what the last holder committed.
    """
    boards = Board.objects.select_for_update()
    board = boards.filter(version=version).first()
    if board is not None:
        return board
    # Two transactions that insert the same board could block each other for good, so the first
    # to lock the version inserts it and the others find it.
    AnalysisVersion.objects.select_for_update().get(pk=version.pk)
    Board.objects.get_or_create(version=version)
    return boards.get(version=version)
