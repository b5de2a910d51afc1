"""The aggregates of a run that ended, read back from its row as the engine's values."""

from collections.abc import Mapping
from typing import Any

from valhub.analyses.board_columns import BoardColumn, columns_of
from valhub.evaluation.results import Aggregate, Best
from valhub.jobs.models import Run

Stored = Mapping[str, Any]


def aggregates_of(run: Run) -> dict[str, Aggregate]:
    """Read a run's aggregates, by name.

    Rows of earlier releases have no operation, column and direction; those come from the version's
    columns.
    """
    if all("best" in one for one in run.aggregates.values()):
        return {name: _complete(one) for name, one in run.aggregates.items()}
    columns = {one.name: one for one in columns_of(run.version)}
    return {name: _earlier(name, one, columns) for name, one in run.aggregates.items()}


def _complete(stored: Stored) -> Aggregate:
    return _aggregate(stored, stored["operation"], stored["column"], Best(stored["best"]))


def _earlier(name: str, stored: Stored, columns: Mapping[str, BoardColumn]) -> Aggregate:
    known = columns.get(name)
    if known is not None:
        return _aggregate(stored, known.operation, known.column, known.best)
    # Only a script package's board may lack a column, when it has as many as are allowed.
    best = Best.LOWEST if stored["lower_is_better"] else Best.HIGHEST
    return _aggregate(stored, "", name, best)


def _aggregate(stored: Stored, operation: str, column: str, best: Best) -> Aggregate:
    low, high, caveat = stored_interval(stored)
    return Aggregate(
        value=stored["value"],
        low=low,
        high=high,
        unit=stored["unit"],
        label=stored["label"],
        operation=operation,
        column=column,
        best=best,
        files=stored.get("files", 0),
        systems=stored.get("systems", 0),
        caveat=caveat,
        sites=stored.get("sites", 0),
    )


def stored_interval(stored: Stored) -> tuple[float | None, float | None, str]:
    """Read the ends of an interval and its caveat.

    Intervals of earlier releases did not count systems and held less often than they said, so they
    are not shown.
    """
    if "systems" not in stored:
        return None, None, EARLIER
    return stored["low"], stored["high"], stored["caveat"]


EARLIER = "Scored by an earlier release; run it again for an interval."
