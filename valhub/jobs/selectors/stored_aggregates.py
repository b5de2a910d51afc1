"""The aggregates and slices of a run that ended, read back from its row as the engine's values.

They are whole: what readers may see of them is up to `valhub.jobs.disclosure`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from valhub.analyses.board_columns import BoardColumn, columns_of
from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.results import Aggregate, Best, PartSummary, Slice, Verdict
from valhub.jobs.models import Run

Stored = Mapping[str, Any]


def aggregates_of(run: Run) -> dict[str, Aggregate]:
    """Read a run's aggregates, by name."""
    return _read(run.aggregates, run.version)


def slices_of(run: Run) -> list[Slice]:
    """Read a run's slices, in the order of their columns and values."""
    return _slices(run.slices, run.version)


def final_of(run: Run) -> PartSummary | None:
    """Read a run's summary of the final part; None where there is none."""
    stored = run.final
    if stored is None:
        return None
    return PartSummary(
        verdict=Verdict(stored["verdict"]),
        coverage=stored["coverage"],
        aggregates=_read(stored["aggregates"], run.version),
        slices=tuple(_slices(stored["slices"], run.version)),
    )


def _slices(slices: Iterable[Stored], version: AnalysisVersion) -> list[Slice]:
    return [
        Slice(
            column=str(part["column"]),
            value=part["value"],
            files=part["files"],
            scored=part["scored"],
            aggregates=_read(part["aggregates"], version),
        )
        for part in slices
    ]


def _read(aggregates: Mapping[str, Stored], version: AnalysisVersion) -> dict[str, Aggregate]:
    """Read aggregates as they are stored.

    Rows of earlier releases have no operation, column and direction; those come from the version's
    columns.
    """
    if all("best" in one for one in aggregates.values()):
        return {name: _complete(one) for name, one in aggregates.items()}
    columns = {one.name: one for one in columns_of(version)}
    return {name: _earlier(name, one, columns) for name, one in aggregates.items()}


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
    low, high, caveat = _interval(stored)
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
        unmeasured=stored.get("unmeasured", 0),
    )


def _interval(stored: Stored) -> tuple[float | None, float | None, str]:
    """Read the ends of an interval and its caveat.

    Intervals of earlier releases did not count systems and held less often than they said, so they
    are not shown.
    """
    if "systems" not in stored:
        return None, None, EARLIER
    return stored["low"], stored["high"], stored["caveat"]


EARLIER = "Scored by an earlier release; run it again for an interval."
