"""Finds the boards of an analysis."""

from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.leaderboards.models import Board


def board_of(version: AnalysisVersion) -> Board:
    """Give a version's board; an unsaved, empty one before the first run is placed."""
    found = Board.objects.select_related("version").filter(version=version).first()
    return found or Board(version=version)


def boards_of(analysis: Analysis) -> list[Board]:
    """Give the boards of all versions of an analysis, newest first.

    The entries of every board but that of the current version are stale.
    """
    boards = Board.objects.select_related("version").filter(version__analysis=analysis)
    return list(boards.order_by("-version__number"))
