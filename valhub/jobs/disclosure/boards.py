"""A page of a board as everybody sees it: rounded, and without what is withheld.

The order stays that of the exact values: of two entries that show the same number, one may still
rank before the other.
"""

from collections.abc import Sequence
from dataclasses import replace

from valhub.analyses.board_columns import BoardColumn
from valhub.jobs.disclosure.readers import Reader
from valhub.jobs.disclosure.rounding import rounded, rounded_number
from valhub.jobs.disclosure.rules import Rules, rules_of
from valhub.leaderboards.models import Board
from valhub.leaderboards.selectors.pages import Page, board_page
from valhub.leaderboards.selectors.rows import BoardRow, Value


def shown_board(
    *, board: Board, column: str | None = None, cursor: str | None = None, size: int
) -> Page:
    """Read a page of a board as `board_page` does, and show what everybody may see of it."""
    return shown_page(
        board_page(board=board, column=column, cursor=cursor, size=size), rules_of(board.version)
    )


def shown_page(page: Page, rules: Rules) -> Page:
    """Show a page under the rules of its version."""
    return replace(page, rows=tuple(_row(row, page.columns, rules) for row in page.rows))


def _row(row: BoardRow, columns: Sequence[BoardColumn], rules: Rules) -> BoardRow:
    reasons = {
        column.name: _reason(row, column, rules) for column in columns if column.name in row.values
    }
    withheld = {name: reason for name, reason in reasons.items() if reason}
    values = {
        name: _value(value, rules) for name, value in row.values.items() if name not in withheld
    }
    return replace(row, values=values, withheld=withheld)


def _reason(row: BoardRow, column: BoardColumn, rules: Rules) -> str:
    """Say why an entry's value in a column is withheld, if it is."""
    if column.final:
        scored = round((row.final_coverage or 0.0) * rules.final_files)
        return rules.of_final_part().withheld_score(Reader.PUBLIC, column.best, scored)
    scored = round(row.coverage * rules.board_files)
    return rules.withheld_score(Reader.PUBLIC, column.best, scored)


def _value(value: Value, rules: Rules) -> Value:
    digits = rules.digits(Reader.PUBLIC)
    return replace(
        value,
        value=rounded_number(value.value, digits),
        low=rounded(value.low, digits),
        high=rounded(value.high, digits),
    )
