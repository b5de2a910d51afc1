"""One entry of a leaderboard beside those of a page: on how many systems it is better."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from valhub.analyses.disclosure import policy_of
from valhub.analyses.selectors.listing import find_analysis
from valhub.errors import NotFound
from valhub.jobs.disclosure.boards import shown_board
from valhub.leaderboards.selectors.boards import board_of
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.possible_ranks import Compared, compared_entries
from valhub.leaderboards.selectors.rows import BoardRow, name_of
from valhub.web.page import page
from valhub.web.views import analyses


@dataclass(frozen=True)
class OtherLine:
    """Another entry, and how the one of the page compares with it."""

    row: BoardRow
    words: str


@page
@require_safe
def compare(request: HttpRequest, analysis_id: int, entry_id: int) -> HttpResponse:
    """Compare one entry with those of a page of its board."""
    found = find_analysis(analysis_id, visible_to=request.user)
    version = analyses.asked_version(found, request.GET.get("version"))
    if version is None:
        raise _no_such_entry()
    board = board_of(version)
    name = name_of(board, entry_id) if board.pk is not None else None
    if name is None:
        raise _no_such_entry()
    rows = shown_board(board=board, cursor=request.GET.get("page"), size=analyses.BOARD_ROWS)
    compared = compared_entries(board, rows)
    smallest = policy_of(version).smallest_difference
    context = {
        "analysis": found,
        "version": version,
        "name": name,
        "column": rows.column,
        "smallest": smallest,
        "words": compared.words,
        "lines": _lines(compared, rows, entry_id, smallest),
        "next": rows.next,
        "previous": rows.previous,
    }
    return render(request, "web/compare.html", context)


def _lines(compared: Compared, rows: Page, entry_id: int, smallest: float) -> list[OtherLine]:
    others = [row.entry_id for row in rows.rows if row.entry_id != entry_id]
    found = compared.differences(entry_id, others, smallest=smallest)
    return [OtherLine(row, found[row.entry_id].words) for row in rows.rows if row.entry_id in found]


def _no_such_entry() -> NotFound:
    return NotFound(
        "There is no such entry on this leaderboard. It may have been replaced by a newer one.",
        code="no-such-entry",
    )
