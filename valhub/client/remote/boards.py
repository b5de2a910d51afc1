"""A leaderboard on a terminal, or as the hub's own CSV has it."""

from dataclasses import dataclass
from typing import Any

from valhub.client.hubs.records import Entry, Record, Score
from valhub.client.hubs.tables import Board
from valhub.client.remote.formats import Format, write_records
from valhub.console import echo
from valhub.evaluation.wording import quantity, span

USUAL = ("rank", "possible_ranks", "display_name", "author", "coverage")


@dataclass(frozen=True)
class _Line(Record):
    """An entry, with its scores in words."""

    cells: dict[str, Any]

    def row(self) -> dict[str, Any]:
        return self.cells


def write_board(board: Board, form: Format) -> None:
    """Write a leaderboard."""
    if form.kind != "table" or form.fields:
        write_records(board, form, usual=USUAL, title="entries")
        return
    lines = [_Line(_cells(one, board)) for one in board]
    write_records(lines, form, usual=[*USUAL, *_labels(board)], title="entries")
    if board.remark:
        echo(board.remark)
    if len(board) < board.total:
        echo(f"These are {len(board):,} of {board.total:,} entries.")


def _cells(entry: Entry, board: Board) -> dict[str, Any]:
    ranks = span(*entry.possible_ranks) if entry.possible_ranks else None
    cells: dict[str, Any] = {**entry.row(), "possible_ranks": ranks}
    for label, column in _labels(board).items():
        score = entry.scores.get(column)
        cells[label] = None if score is None else _in_words(score, _unit(board, column))
    return cells


def _in_words(score: Score, unit: str) -> str:
    if score.withheld or (score.low is None and score.high is None):
        return score.withheld or quantity(score.value, unit)
    return f"{quantity(score.value, unit)} ({span(score.low, score.high)})"


def _labels(board: Board) -> dict[str, str]:
    return {one.label or one.name: one.name for one in board.columns}


def _unit(board: Board, name: str) -> str:
    return next(one.unit for one in board.columns if one.name == name)
