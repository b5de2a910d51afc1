"""A page of a leaderboard as its template draws it: texts, and the intervals' bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from valhub.accounts.models import Account
from valhub.analyses.board_columns import BoardColumn
from valhub.evaluation.results import Best
from valhub.evaluation.wording import count, number, span
from valhub.leaderboards.selectors.pages import Page
from valhub.leaderboards.selectors.rows import BoardRow, Value

WORDS = {
    Best.LOWEST: "lower is better",
    Best.HIGHEST: "higher is better",
    Best.ZERO: "nearer to zero is better",
}
BAR_WIDTH = 140
MARGIN = 6


@dataclass(frozen=True)
class Heading:
    """A column's head; its link sorts by it."""

    name: str
    label: str
    unit: str
    best_words: str
    sorted: bool

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
    """One number with its interval; `bar` only in the column the page is sorted by."""

    value: str
    interval: str
    sorted: bool
    bar: IntervalBar | None


@dataclass(frozen=True)
class BoardLine:
    """One row."""

    entry: BoardRow
    name: str
    mine: bool
    cells: list[Cell]


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
    """What the template needs."""

    columns: list[Heading]
    sorted_by: Heading | None
    axis: Axis | None
    lines: list[BoardLine]
    next: str | None
    previous: str | None


def draw_board(page: Page, viewer: Account | AnonymousUser) -> BoardView:
    """Draw a page of a board for its visitor."""
    headings = [_heading(column, page.column) for column in page.columns]
    axis = _axis(page.rows, page.column)
    return BoardView(
        columns=headings,
        sorted_by=next((one for one in headings if one.sorted), None),
        axis=axis,
        lines=[
            BoardLine(
                entry=row,
                name=row.display_name or row.author,
                mine=row.account_id == viewer.pk,
                cells=[_cell(row.values.get(one.name), one, axis) for one in headings],
            )
            for row in page.rows
        ],
        next=page.next,
        previous=page.previous,
    )


def _heading(column: BoardColumn, sorted_by: BoardColumn | None) -> Heading:
    words = WORDS[column.best]
    return Heading(column.name, column.label, column.unit, words, sorted=column == sorted_by)


def _cell(value: Value | None, heading: Heading, axis: Axis | None) -> Cell:
    if value is None:
        return Cell(number(None), "", sorted=heading.sorted, bar=None)
    interval = "" if value.low is None and value.high is None else span(value.low, value.high)
    bar = axis.bar(value) if axis and heading.sorted else None
    return Cell(number(value.value), interval, sorted=heading.sorted, bar=bar)


def _axis(rows: Sequence[BoardRow], column: BoardColumn | None) -> Axis | None:
    """Give the range of the intervals on this page; None where none has one."""
    values = [row.values[column.name] for row in rows if column and column.name in row.values]
    known = [one for one in values if one.low is not None or one.high is not None]
    ends = [end for one in known for end in (one.low, one.value, one.high) if end is not None]
    if not ends or min(ends) == max(ends):
        return None
    systems = [one.systems for one in known]
    fewest, most = min(systems), max(systems)
    of = count(most, "system") if fewest == most else f"{fewest} to {count(most, 'system')}"
    return Axis(min(ends), max(ends), of)
