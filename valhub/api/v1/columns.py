"""Columns of leaderboards, as analyses, contracts and leaderboards show them."""

from ninja import Field, Schema

from valhub.analyses.board_columns import BoardColumn


class ColumnOut(Schema):
    """A column of the leaderboard."""

    name: str
    label: str
    unit: str
    best: str = Field(description="`lowest`, `highest` or `zero`: which value is best.")


def column_out(column: BoardColumn) -> ColumnOut:
    """Write a column of a leaderboard."""
    return ColumnOut(name=column.name, label=column.label, unit=column.unit, best=column.best.value)
