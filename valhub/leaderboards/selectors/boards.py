"""Finds the boards of an analysis, and names what they show."""

import hashlib

from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.leaderboards.models import Board


def board_of(version: AnalysisVersion) -> Board:
    """Give a version's board; an unsaved, empty one before the first run is placed."""
    found = Board.objects.select_related("version").filter(version=version).first()
    return found or Board(version=version)


def current_board(analysis: Analysis) -> Board:
    """Give the board of the version that takes submissions."""
    return board_of(AnalysisVersion.objects.get(current_of=analysis))


def etag_of(board: Board, *parts: str | None) -> str:
    """Name what a board shows, quoted as the header ETag has it.

    Parameters
    ----------
    board : Board
        Read before what it shows, so that a change in between gives a new name, never an old one.
    *parts : str or None
        Whatever else the answer depends on, such as column and cursor.
    """
    named = repr((board.version_id, board.pk, board.number, *parts))
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'
