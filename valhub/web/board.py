"""A page of a leaderboard as its template draws it: texts, and the intervals' bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.analyses.board_columns import BoardColumn, final_name
from valhub.evaluation.results import Best
from valhub.evaluation.wording import NOTHING, best_of, number, span, systems_and_sites
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.possible_ranks import Compared
from valhub.leaderboards.selectors.rows import BoardRow, Value
from valhub.leaderboards.selectors.tries import TriesOf

WORDS = {
    Best.LOWEST: "lower is better",
    Best.HIGHEST: "higher is better",
    Best.ZERO: "nearer to zero is better",
}
BAR_WIDTH = 140
MARGIN = 6


@dataclass(frozen=True)
class Heading:
    """A column's head; its link sorts by it.

    Attributes
    ----------
    hidden : str
        The name of the same score over the hidden files, where the column has it below the one over
        the final part; else empty.
    """

    name: str
    label: str
    unit: str
    best_words: str
    sorted: bool
    hidden: str = ""

    @property
    def order(self) -> str:
        """How the column is sorted, in the words of `aria-sort`."""
        return "descending" if self.best_words == WORDS[Best.HIGHEST] else "ascending"


@dataclass(frozen=True)
class IntervalBar:
    """Places of a value and its interval on the axis, in pixels."""

    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Cell:
    """One number with its interval; `bar` only in the column the page is sorted by.

    Below a number over the final part stands the one over the hidden files, which may be None.
    """

    value: str
    interval: str
    sorted: bool
    bar: IntervalBar | None
    hidden: "Cell | None" = None


@dataclass(frozen=True)
class BoardLine:
    """One row; `ranks` are the possible ones, empty where there are none."""

    entry: BoardRow
    name: str
    mine: bool
    cells: list[Cell]
    ranks: str
    may_be_best: bool
    tries: TriesOf
    has_final: bool

    @property
    def runs(self) -> int:
        """How many scored runs the account has had."""
        return self.tries.runs

    @property
    def remark(self) -> str:
        """What to think of the score because it was chosen; nobody chose by the final part's."""
        return "" if self.has_final else best_of(self.tries.results)


@dataclass(frozen=True)
class Axis:
    """The range that a page's bars share, and of how many systems they are."""

    low: float
    high: float
    systems: str

    @property
    def words(self) -> str:
        """The axis's two ends."""
        return span(self.low, self.high)

    def bar(self, value: Value) -> IntervalBar | None:
        """Place a value; None where it has no interval. An open end reaches the axis's own."""
        if value.low is None and value.high is None:
            return None
        low = self.low if value.low is None else value.low
        high = self.high if value.high is None else value.high
        return IntervalBar(self._place(low), self._place(value.value), self._place(high))

    def _place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(MARGIN + share * (BAR_WIDTH - 2 * MARGIN), 1)


@dataclass(frozen=True)
class BoardView:
    """What the template needs.

    Attributes
    ----------
    without_interval : str
        Of how many systems the scores are, where none of them has an interval.
    withheld : list of str
        Which columns are not shown on this page, in whole or in part, and why; said once each.
    ranks_words : str
        The rule of the possible ranks, or why there are none.
    has_ranks, has_choice : bool
        Whether any row has possible ranks, or is the best of several results.
    has_final : bool
        Whether the final part ranks.
    """

    columns: list[Heading]
    sorted_by: Heading | None
    axis: Axis | None
    without_interval: str
    lines: list[BoardLine]
    withheld: list[str]
    next: str | None
    previous: str | None
    ranks_words: str
    has_ranks: bool
    has_choice: bool
    has_final: bool


def draw_board(
    page: Page, viewer: Account | AnonymousUser, compared: Compared, tries: Mapping[UUID, TriesOf]
) -> BoardView:
    """Draw a page of a board for its visitor.

    Parameters
    ----------
    compared : Compared
        The board's entries; empty where the page is not sorted by what ranks.
    tries : mapping of UUID to TriesOf
        How much the accounts on the page tried.
    """
    headings = _headings(page)
    axis = _axis(page.rows, page.column)
    lines = [_line(row, viewer, headings, axis, compared, tries) for row in page.rows]
    return BoardView(
        columns=headings,
        sorted_by=next((one for one in headings if one.sorted), None),
        axis=axis,
        without_interval=_without_interval(page.rows, page.column),
        lines=lines,
        withheld=_withheld(page),
        next=page.next,
        previous=page.previous,
        ranks_words=compared.words,
        has_ranks=any(line.ranks for line in lines),
        has_choice=any(line.tries.results > 1 for line in lines),
        has_final=any(column.final for column in page.columns),
    )


def _line(
    row: BoardRow,
    viewer: Account | AnonymousUser,
    headings: Sequence[Heading],
    axis: Axis | None,
    compared: Compared,
    tries: Mapping[UUID, TriesOf],
) -> BoardLine:
    possible = compared.possible_ranks(row.entry_id)
    return BoardLine(
        entry=row,
        name=row.name,
        mine=row.account_id == viewer.pk,
        cells=[_cell(row, one, axis) for one in headings],
        ranks=span(possible.low, possible.high) if possible else "",
        may_be_best=possible is not None and possible.may_be_best,
        tries=tries.get(row.account_id, TriesOf()),
        has_final=row.final_coverage is not None,
    )


def _headings(page: Page) -> list[Heading]:
    """Choose the columns: a score over hidden files goes below the one over the final part.

    That halves the width of a revealed board. What it is sorted by keeps a column of its own.
    """
    drawn = {one.name: one for one in page.columns if _has_values(one, page)}
    below = {
        final_name(name): name
        for name, one in drawn.items()
        if one != page.column and final_name(name) in drawn
    }
    apart = (one for one in drawn.values() if one.name not in below.values())
    return [_heading(one, page.column, below.get(one.name, "")) for one in apart]


def _heading(column: BoardColumn, sorted_by: BoardColumn | None, hidden: str) -> Heading:
    words = WORDS[column.best]
    is_sorted = column == sorted_by
    return Heading(column.name, column.label, column.unit, words, sorted=is_sorted, hidden=hidden)


def _has_values(column: BoardColumn, page: Page) -> bool:
    """Whether a column is worth its place: none is where all that it has is withheld."""
    withheld = any(column.name in row.withheld for row in page.rows)
    return (
        column == page.column or not withheld or any(column.name in one.values for one in page.rows)
    )


def _withheld(page: Page) -> list[str]:
    """Say what the page does not show: each reason once, with the columns it holds for."""
    labels: dict[str, list[str]] = {}
    for column in page.columns:
        reasons = {row.withheld[column.name] for row in page.rows if column.name in row.withheld}
        for reason in sorted(reasons):
            labels.setdefault(reason, []).append(column.label)
    return [
        f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} {reason}."
        for reason, names in labels.items()
    ]


def _cell(row: BoardRow, heading: Heading, axis: Axis | None) -> Cell:
    hidden = _number(row, heading.hidden) if heading.hidden else None
    value = row.values.get(heading.name)
    bar = axis.bar(value) if value and axis and heading.sorted else None
    return replace(_number(row, heading.name), sorted=heading.sorted, bar=bar, hidden=hidden)


def _number(row: BoardRow, name: str) -> Cell:
    """Write a number and its interval; a dash for what is missing or withheld."""
    value = row.values.get(name)
    if value is None:
        return Cell(NOTHING, "", sorted=False, bar=None)
    interval = "" if value.low is None and value.high is None else span(value.low, value.high)
    return Cell(number(value.value), interval, sorted=False, bar=None)


def _axis(rows: Sequence[BoardRow], column: BoardColumn | None) -> Axis | None:
    """Give the range of the intervals on this page; None where none has one."""
    values = [row.values[column.name] for row in rows if column and column.name in row.values]
    known = [one for one in values if one.low is not None or one.high is not None]
    ends = [end for one in known for end in (one.low, one.value, one.high) if end is not None]
    if not ends or min(ends) == max(ends):
        return None
    return Axis(min(ends), max(ends), _systems(known))


def _without_interval(rows: Sequence[BoardRow], column: BoardColumn | None) -> str:
    """Say of how many systems the scores are where none has an interval; empty elsewhere."""
    values = [row.values[column.name] for row in rows if column and column.name in row.values]
    if any(one.low is not None or one.high is not None for one in values):
        return ""
    counted = [one for one in values if one.systems]
    return _systems(counted) if counted else ""


def _systems(values: Sequence[Value]) -> str:
    systems = {(one.systems, one.sites) for one in values}
    (fewest, _), (most, sites) = min(systems), max(systems)
    of = systems_and_sites(most, sites)
    return of if fewest == most else f"{fewest} to {of}"
