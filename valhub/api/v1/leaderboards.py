"""Leaderboards: pages of entries with their scores, in JSON or as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from ninja import Field, Query, Schema

from valhub.analyses.selectors.listing import find_analysis, find_version, is_outdated
from valhub.api.v1.callers import Anybody, viewer_of
from valhub.api.v1.columns import ColumnOut, column_out
from valhub.api.v1.json_answers import Json
from valhub.api.v1.lists import PageQuery, invalid_cursor
from valhub.api.v1.routes import Routes
from valhub.errors import Malformed
from valhub.jobs.disclosure.boards import shown_board
from valhub.leaderboards.models import Board
from valhub.leaderboards.selectors.boards import board_of, etag_of
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.possible_ranks import (
    Compared,
    compared_entries,
    tries_on_page,
)
from valhub.leaderboards.selectors.rows import BoardRow, Value
from valhub.leaderboards.selectors.tries import TriesOf

routes = Routes(tags=["leaderboards"])


class BoardQuery(PageQuery):
    """Which page of a leaderboard."""

    column: Annotated[
        str | None, Field(max_length=200, description="By which it is sorted; what ranks if none.")
    ] = None
    version: Annotated[int | None, Field(ge=1, description="The current one if none.")] = None


class ScoreOut(Schema):
    """A score with its 95 % interval over systems; an open or missing end is null."""

    value: float | None
    low: float | None = None
    high: float | None = None
    systems: int | None = None
    sites: int | None = None
    withheld: str | None = Field(default=None, description="Why the value is not shown, in words.")


class EntryOut(Schema):
    """An account's place: its best run."""

    rank: int
    possible_ranks: tuple[int, int] | None = Field(
        description="The least and the greatest rank it may have; null where none is known."
    )
    may_be_best: bool | None
    submission: UUID
    author: str
    display_name: str
    is_baseline: bool
    coverage: float
    runs: int = Field(description="How many scored runs its account has had.")
    submitted_at: datetime
    scores: dict[str, ScoreOut]


class BoardOut(Schema):
    """A page of a leaderboard."""

    version: int
    is_outdated: bool
    sorted_by: str | None
    columns: list[ColumnOut]
    items: list[EntryOut]
    next: str | None
    total: int
    remark: str = Field(description="The rule of the possible ranks, or why there are none.")


@routes.get("/analyses/{int:analysis_id}/leaderboard", response=BoardOut, auth=Anybody)
def leaderboard(
    request: HttpRequest, analysis_id: int, asked: Query[BoardQuery]
) -> HttpResponseBase:
    """Show a page of a leaderboard, best first; with `Accept: text/csv` as CSV."""
    analysis = find_analysis(analysis_id, visible_to=viewer_of(request))
    version = analysis.current_version if asked.version is None else None
    board = board_of(version or find_version(analysis, asked.version or 0))
    as_csv = request.get_preferred_type(["application/json", "text/csv"]) == "text/csv"
    etag = etag_of(board, request.get_full_path(), str(as_csv), str(analysis.current_version_id))
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        found = _read(board, asked)
        body, kind = (_csv(found), "text/csv") if as_csv else (_json(found), Json.media_type)
        response = HttpResponse(body, content_type=f"{kind}; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    patch_vary_headers(response, ["Accept"])
    return response


def _read(board: Board, asked: BoardQuery) -> BoardOut:
    try:
        page = shown_board(board=board, column=asked.column, cursor=asked.cursor, size=asked.limit)
    except Malformed as error:
        raise invalid_cursor() from error
    compared = compared_entries(board, page) if page.is_ranking else Compared()
    tries = tries_on_page(board, page)
    return BoardOut(
        version=board.version.number,
        is_outdated=is_outdated(board.version),
        sorted_by=page.column.name if page.column else None,
        columns=[column_out(one) for one in page.columns],
        items=[_entry(row, page, compared, tries) for row in page.rows],
        next=page.next,
        total=board.entries_count,
        remark=compared.words,
    )


def _entry(row: BoardRow, page: Page, compared: Compared, tries: dict[UUID, TriesOf]) -> EntryOut:
    ranks = compared.possible_ranks(row.entry_id)
    return EntryOut(
        rank=row.rank,
        possible_ranks=(ranks.low, ranks.high) if ranks else None,
        may_be_best=ranks.may_be_best if ranks else None,
        submission=row.submission_id,
        author=row.author,
        display_name=row.display_name,
        is_baseline=row.is_baseline,
        coverage=row.coverage,
        runs=tries.get(row.account_id, TriesOf()).runs,
        submitted_at=row.submitted_at,
        scores={one.name: _score(row, one.name) for one in page.columns},
    )


def _score(row: BoardRow, name: str) -> ScoreOut:
    if name in row.withheld:
        return ScoreOut(value=None, withheld=row.withheld[name])
    value: Value | None = row.values.get(name)
    if value is None:
        return ScoreOut(value=None)
    return ScoreOut(
        value=value.value,
        low=value.low,
        high=value.high,
        systems=value.systems or None,
        sites=value.sites or None,
    )


def _json(board: BoardOut) -> str:
    return board.model_dump_json()


def _csv(board: BoardOut) -> str:
    """Write the same rows: a column for each field, and three for each score."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [one.name for one in board.columns]
    ends = [f"{name}{end}" for name in names for end in ("", ":low", ":high")]
    writer.writerow([*_FIELDS, "possible_rank_low", "possible_rank_high", *ends])
    writer.writerows(_line(entry, names) for entry in board.items)
    return text.getvalue()


_FIELDS = (
    "rank", "submission", "author", "display_name", "is_baseline", "coverage", "runs",
    "submitted_at",
)  # fmt: skip


def _line(entry: EntryOut, names: list[str]) -> Iterator[object]:
    for name in _FIELDS:
        yield _cell(getattr(entry, name))
    yield from entry.possible_ranks or (None, None)
    for name in names:
        score = entry.scores[name]
        yield from (score.value, score.low, score.high)


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    # A spreadsheet would take what begins so for a formula.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
