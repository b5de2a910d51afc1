"""The results of all files in sum: verdict, coverage, aggregates with intervals, slices."""

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.finite_metrics import with_finite_metrics
from valhub.evaluation.results import Aggregate, FileOutcome, PartSummary, Slice, Verdict
from valhub.evaluation.scoring.costs import RUN_TIME, unmeasured
from valhub.evaluation.scoring.intervals import interval
from valhub.evaluation.scoring.operations import apply
from valhub.evaluation.scoring.plan import AggregateColumn, Scoring
from valhub.evaluation.scoring.score import with_costs
from valhub.evaluation.scoring.systems import Systems, count_sites

Metadata = Mapping[str, Mapping[str, object]]

NO_VALUE = "(none)"
SYSTEM_COLUMN = "system_id"

# A run that hit one of these says so, whatever else happened: its scores mean little.
OVERRIDING = (Verdict.INTERNAL_ERROR, Verdict.ORGANISER_ERROR, Verdict.CANCELLED)


@dataclass(frozen=True)
class Summary(PartSummary):
    """A whole run in a few numbers; the fields are those of `EvaluationResult`."""

    final: PartSummary | None = None


def summarise(
    plan: Scoring,
    results: Sequence[FileOutcome],
    metadata: Metadata,
    on_leaderboard: Set[str],
    final: Set[str] = frozenset(),
) -> Summary:
    """Sum up a run.

    Parameters
    ----------
    plan : Scoring
    results : sequence of FileOutcome
        One for each file that was run, in any order.
    metadata : mapping of file name to (mapping of column to value)
        Intervals count the systems, by `system_id`.
    on_leaderboard : set of str
        The leaderboard files this run was meant to cover; one without a result counts as not
        scored. Other files count for the verdict only.
    final : set of str
        The files of the final part. They are summed up apart, and nothing else depends on them.

    Returns
    -------
    Summary
        Aggregates and slices are over the scored leaderboard files; without any, there are no
        aggregates. The verdict is the one `overall_verdict` gives; that of the final part, when
        nothing else was to be run.
    """
    results = [complete(plan, one) for one in results]
    last = [one for one in results if one.file_name in final]
    first = [one for one in results if one.file_name not in final]
    whole = _part(plan, first, metadata, on_leaderboard - final)
    apart = _part(plan, last, metadata, on_leaderboard & final) if final else None
    verdict = apart.verdict if apart and not first else whole.verdict
    return Summary(verdict, whole.coverage, whole.aggregates, whole.slices, apart)


def _part(
    plan: Scoring, results: Sequence[FileOutcome], metadata: Metadata, on_leaderboard: Set[str]
) -> PartSummary:
    """Sum up the results of some files, and of the leaderboard files among them."""
    scored = scored_metrics(plan, results, on_leaderboard)
    missing = len(on_leaderboard - {one.file_name for one in results})
    verdicts = [one.verdict for one in results] + [Verdict.CANCELLED] * missing
    return PartSummary(
        verdict=overall_verdict(verdicts),
        coverage=len(scored) / len(on_leaderboard) if on_leaderboard else 0.0,
        aggregates=aggregates_over(plan, scored, metadata),
        slices=tuple(
            part
            for column in plan.slices
            for part in _slices(plan, column, scored, metadata, on_leaderboard)
        ),
    )


def scored_metrics(
    plan: Scoring, results: Sequence[FileOutcome], on_leaderboard: Set[str]
) -> dict[str, dict[str, float]]:
    """Give the metrics of the leaderboard files that were scored, by name and in that order."""
    ended = (complete(plan, one) for one in results if one.file_name in on_leaderboard)
    scored = {one.file_name: one for one in ended if one.verdict is Verdict.SCORED}
    return {name: scored[name].metrics for name in sorted(scored)}


def complete(plan: Scoring, result: FileOutcome) -> FileOutcome:
    """Take a score that lacks a metric of its plan, or has one that is not finite, for a failure.

    It is the package's fault, except where the machine could not measure a run time or processor
    time, which is the hub's if it ranks.
    """
    if result.verdict is not Verdict.SCORED:
        return result
    missing = unmeasured(result)
    if plan.ranks_by in missing:
        message = Closed.NOT_MEASURED.said(metric=plan.ranks_by)
        return replace(result, verdict=Verdict.INTERNAL_ERROR, message=message)
    columns = [one.name for one in plan.columns if one.metric.name not in missing]
    return with_finite_metrics(with_costs(plan, result), columns)


def overall_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    """Reduce the files' verdicts to one.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One for each file.

    Returns
    -------
    Verdict
        `scored` when every file was. Else, if there is any, `internal_error`, `organiser_error`
        or `cancelled`, in that order. Else the participant's most frequent one; among equals
        `error` comes before `timeout`, `out_of_memory` and `invalid_output`. `cancelled` when
        nothing was run.
    """
    failed: list[Verdict] = [verdict for verdict in verdicts if verdict is not Verdict.SCORED]
    if not failed:
        return Verdict.SCORED if verdicts else Verdict.CANCELLED
    for verdict in OVERRIDING:
        if verdict in failed:
            return verdict
    return max(Verdict, key=failed.count)


def aggregates_over(
    plan: Scoring,
    scored: Mapping[str, Mapping[str, float]],
    metadata: Metadata,
    *,
    tries: int = 1,
) -> dict[str, Aggregate]:
    """Aggregate the metrics of scored files, in the order of the mapping.

    Run times are summed up over the files on which they were measured: chance decides which. Any
    other column that some files lack is left out, since the machines that could not measure it
    would decide which files count.

    Parameters
    ----------
    scored : mapping of file name to metrics
        From `scored_metrics`, or a part of it.
    tries : int
        As `intervals.interval` has it.
    """
    if not scored:
        return {}
    return {
        one.name: _over(one, files, len(scored), metadata, tries)
        for one in plan.aggregates
        if (files := _measured(one, scored))
    }


def _measured(
    one: AggregateColumn, scored: Mapping[str, Mapping[str, float]]
) -> Mapping[str, Mapping[str, float]]:
    """Give the files that an aggregate is over; none where it is to be left out."""
    measured = {name: file for name, file in scored.items() if one.column.name in file}
    whole = len(measured) == len(scored)
    return measured if whole or one.column.metric.name == RUN_TIME else {}


def _over(
    one: AggregateColumn,
    files: Mapping[str, Mapping[str, float]],
    scored: int,
    metadata: Metadata,
    tries: int,
) -> Aggregate:
    """Sum up one column over the files that have it, of those that were scored."""
    systems = Systems.of([metadata.get(name, {}).get(SYSTEM_COLUMN) for name in files])
    cells = [file[one.column.name] for file in files.values()]
    return replace(
        _aggregate(one, cells, systems, tries),
        sites=count_sites([metadata.get(name, {}) for name in files]),
        unmeasured=scored - len(files),
    )


def _aggregate(
    one: AggregateColumn, cells: Sequence[float], systems: Systems, tries: int
) -> Aggregate:
    values = np.array(cells)
    bounds = one.column.metric.bounds
    found = interval(one.operation, values, systems, bounds, tries=tries)
    return Aggregate(
        value=apply(one.operation, values),
        low=found.low,
        high=found.high,
        files=values.size,
        systems=found.systems,
        caveat=found.caveat,
        unit=one.unit,
        label=one.label,
        operation=one.operation,
        column=one.column.name,
        best=one.best,
    )


def _slices(
    plan: Scoring,
    column: str,
    scored: Mapping[str, Mapping[str, float]],
    metadata: Metadata,
    files: Set[str],
) -> list[Slice]:
    """Cut the leaderboard files by the values of one metadata column."""
    members: dict[str, list[str]] = {}
    for name in sorted(files):
        members.setdefault(slice_value(metadata.get(name, {}).get(column)), []).append(name)
    parts = []
    for value in sorted(members, key=_order):
        inside = {name: scored[name] for name in members[value] if name in scored}
        aggregates = aggregates_over(plan, inside, metadata)
        parts.append(Slice(column, value, len(members[value]), len(inside), aggregates))
    return parts


def slice_value(value: object) -> str:
    """Write a metadata value the way a person would: 15, not 15.0."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return NO_VALUE
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _order(text: str) -> tuple[int, float, str]:
    """Sort numbers by size, then texts by letter, then what has no value."""
    if text == NO_VALUE:
        return (2, 0.0, text)
    try:
        number = float(text)
    except ValueError:
        return (1, 0.0, text)
    return (0, number, text) if math.isfinite(number) else (1, 0.0, text)
