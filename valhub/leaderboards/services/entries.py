"""Keeps each account's best run on a board: placing a finished run, taking one off.

Both lock the board first, so that two transactions that finish at once see each other's result.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from valhub.accounts.models import Account
from valhub.analyses.board_columns import BoardColumn
from valhub.analyses.models import AnalysisVersion, PackageKind
from valhub.leaderboards.columns import scored_columns, shown_columns
from valhub.leaderboards.models import Entry, Score
from valhub.leaderboards.order import Place, finite, place_of
from valhub.leaderboards.services.added_columns import add_columns
from valhub.leaderboards.services.board_locks import lock_board, note_change


class ScoredValue(NamedTuple):
    """A value and its 95 % interval of so many systems, at so many sites if that is known.

    What is not finite counts as missing.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    systems: int = 0
    sites: int = 0


Values = Mapping[str, ScoredValue]
"""By aggregate."""

_NOTHING = ScoredValue(None)

Precedence = tuple[float, float, datetime, int]


@dataclass(frozen=True)
class ScoredRun:
    """A finished run as a board sees it.

    Attributes
    ----------
    coverage : float
        Share of the board's files that were scored, 0 to 1.
    values : mapping of str to ScoredValue
        By aggregate, those over the final part by their `final_name`; those that the board does not
        show are left out.
    submitted_at : datetime
        Time-zone aware; the earlier of two equal runs comes first.
    """

    submission_id: uuid.UUID
    run_id: int
    display_name: str
    is_baseline: bool
    coverage: float
    values: Values
    submitted_at: datetime
    final_coverage: float | None = None

    def __post_init__(self) -> None:
        """Refuse a coverage that has no place in the order."""
        for coverage in (self.coverage, self.final_coverage or 0.0):
            if not 0.0 <= coverage <= 1.0:
                raise ValueError(f"Run {self.run_id} has a coverage of {coverage}.")

    def value(self, column: BoardColumn) -> float | None:
        """Give the value of a column, None when there is no finite one."""
        return finite(self.values.get(column.name, _NOTHING).value)

    def place(self, column: BoardColumn) -> Place:
        """Say where the run stands in a column."""
        coverage = self.final_coverage or 0.0 if column.final else self.coverage
        return place_of(self.value(column), coverage=coverage, best=column.best)

    def precedence(self, primary: BoardColumn) -> Precedence:
        """Give what an account's runs are compared by; the least is its best."""
        place = self.place(primary)
        return (place.standing, place.sort_value, self.submitted_at, self.run_id)


def place_run(
    *,
    version: AnalysisVersion,
    account: Account,
    submission_id: uuid.UUID,
    run_id: int,
    display_name: str,
    is_baseline: bool,
    coverage: float,
    values: Values,
    submitted_at: datetime,
    final_coverage: float | None = None,
) -> bool:
    """Put a finished run on its board, if it is the account's best one.

    To be called in the transaction that finishes the run. Placing a run again changes nothing.
    A version without columns has no order, so nothing is placed.

    Parameters
    ----------
    coverage, values, submitted_at, final_coverage
        See `ScoredRun`. What is over the final part does not decide which run is the best one.

    Returns
    -------
    bool
        Whether the board has changed, and so its number.

    Raises
    ------
    ValueError
        The coverage is not a number from 0 to 1.
    """
    run = ScoredRun(
        submission_id,
        run_id,
        display_name,
        is_baseline,
        coverage,
        values,
        submitted_at,
        final_coverage,
    )
    with transaction.atomic(savepoint=False):
        board = lock_board(version)
        columns = shown_columns(board.version)
        if board.version.kind == PackageKind.SCRIPT:
            add_columns(board, columns)
        entry = Entry.objects.filter(board=board, account=account).first()
        if not columns or (entry is not None and not _beats(run, entry, columns[0])):
            return False
        scored = scored_columns(board.version)
        _write(entry or Entry(board=board, account=account), run, scored)
        return True


def remove_run(*, version: AnalysisVersion, run_id: int) -> None:
    """Take a run off its board, when it is there.

    The board stays locked until the caller's transaction ends: in it, the caller reads the
    account's other finished runs and places them, so that the best of them takes over.
    """
    with transaction.atomic(savepoint=False):
        board = lock_board(version)
        entry = Entry.objects.filter(board=board, run_id=run_id).first()
        if entry is not None:
            entry.delete()
            note_change(board, entries=-1)


def rename_entry(*, version: AnalysisVersion, run_id: int, display_name: str) -> None:
    """Show a run under another name, when it is on its board; inside a transaction."""
    if Entry.objects.filter(run_id=run_id).exclude(display_name=display_name).exists():
        board = lock_board(version)
        if Entry.objects.filter(board=board, run_id=run_id).update(display_name=display_name):
            note_change(board)


def _beats(run: ScoredRun, entry: Entry, primary: BoardColumn) -> bool:
    held = Score.objects.get(entry=entry, column=primary.name)
    return run.precedence(primary) < (
        held.standing,
        held.sort_value,
        entry.submitted_at,
        entry.run_id,
    )


def _write(entry: Entry, run: ScoredRun, columns: Iterable[BoardColumn]) -> None:
    is_new = entry.pk is None
    entry.submission_id = run.submission_id
    entry.run_id = run.run_id
    entry.display_name = run.display_name
    entry.is_baseline = run.is_baseline
    entry.coverage = run.coverage
    entry.final_coverage = run.final_coverage
    entry.submitted_at = run.submitted_at
    entry.save()
    if not is_new:
        Score.objects.filter(entry=entry).delete()
    Score.objects.bulk_create(_score(entry, run, column) for column in columns)
    note_change(entry.board, entries=1 if is_new else 0)


def _score(entry: Entry, run: ScoredRun, column: BoardColumn) -> Score:
    place, value = run.place(column), run.value(column)
    scored = run.values[column.name] if value is not None else _NOTHING
    return Score(
        board_id=entry.board_id,
        entry=entry,
        column=column.name,
        value=value,
        low=finite(scored.low),
        high=finite(scored.high),
        systems=scored.systems,
        sites=scored.sites,
        standing=place.standing,
        sort_value=place.sort_value,
        submitted_at=run.submitted_at,
    )
