"""The first page, and an analysis with its leaderboard."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from valhub.accounts.models import Account
from valhub.analyses.errors import NoSuchVersion
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.analyses.selectors.environments import packages_until
from valhub.analyses.selectors.listing import (
    analyses_visible_to,
    find_analysis,
    find_version,
    is_outdated,
)
from valhub.analyses.selectors.public_files import has_public_files
from valhub.analyses.selectors.stored_bytes import stored_bytes
from valhub.evaluation.packages.tasks.parts import Part
from valhub.jobs.disclosure.boards import shown_board
from valhub.jobs.selectors.quotas import quota_left
from valhub.leaderboards.models import Board
from valhub.leaderboards.selectors.boards import board_of
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.possible_ranks import (
    Compared,
    compared_entries,
    tries_on_page,
)
from valhub.web.board import BoardView, draw_board
from valhub.web.page import page

BOARD_ROWS = 50
LONGEST_NUMBER = 18


@page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List the analyses."""
    analyses = analyses_visible_to(request.user).select_related("creator", "current_version__board")
    return render(request, "web/home.html", {"here": "home", "analyses": analyses})


@page
@require_safe
def analysis(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Show one analysis and a page of its leaderboard."""
    found = find_analysis(analysis_id, visible_to=request.user)
    version = asked_version(found, request.GET.get("version"))
    context: dict[str, Any] = {"analysis": found, "version": version}
    if isinstance(request.user, Account) and found.state == AnalysisState.PUBLISHED:
        context["left"] = quota_left(found, request.user)
        context["stored"] = stored_bytes(request.user)
    if version is not None:
        context["outdated"] = is_outdated(version)
        board = board_of(version)
        rows = shown_board(
            board=board,
            column=request.GET.get("sort"),
            cursor=request.GET.get("page"),
            size=BOARD_ROWS,
        )
        context |= {
            "board": _drawn(request, board, rows),
            "files": _known_files(version),
            "has_public_files": has_public_files(version),
            "packages_until": packages_until(version),
        }
    return render(request, "web/analysis.html", context)


def _known_files(version: AnalysisVersion) -> int:
    """Count the files that everybody may know of: those of the final part once it is revealed."""
    hidden = version.files.exclude(part=Part.FINAL)
    return (hidden if version.revealed_at is None else version.files).count()


def _drawn(request: HttpRequest, board: Board, rows: Page) -> BoardView:
    """Draw a page of a board; its possible ranks belong to the order by what ranks alone."""
    compared = compared_entries(board, rows) if rows.is_ranking else Compared()
    return draw_board(rows, request.user, compared, tries_on_page(board, rows))


def asked_version(analysis: Analysis, asked: str | None) -> AnalysisVersion | None:
    """The version that takes submissions, or an older one that was asked for."""
    if asked is None:
        return analysis.current_version
    if not asked.isdecimal() or len(asked) > LONGEST_NUMBER:
        raise NoSuchVersion
    return find_version(analysis, int(asked))
