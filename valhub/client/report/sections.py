"""The sections of the report: which files and failures are shown, with what charts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from valhub.client.report.histogram import Histogram, runtime_histogram
from valhub.client.report.scales import scale_for
from valhub.client.report.series import ReportSeries
from valhub.client.report.series_chart import SeriesChart, series_chart
from valhub.client.report.strip_chart import Point, StripChart, strip_chart
from valhub.client.result_document import Subject
from valhub.evaluation import wording
from valhub.evaluation.results import (
    Aggregate,
    Best,
    EvaluationResult,
    FileOutcome,
    Slice,
    Verdict,
)
from valhub.evaluation.scoring.metrics import RESOURCE_METRICS
from valhub.evaluation.scoring.summary import slice_value
from valhub.evaluation.wording import measured_on

# Each comes with its traceback and its prints, and every file may fail in its own words.
FAILURES_SHOWN = 20
WORST_SHOWN = 5
# A single file, as in a script package, has no distribution.
FEWEST_POINTS = 2

SeriesOf = Callable[[str], ReportSeries | None]
Anchors = Mapping[str, str]


@dataclass(frozen=True)
class SliceSection:
    """One metadata column: its chart and its numbers."""

    column: str
    chart: StripChart | None
    parts: tuple[Slice, ...]


@dataclass(frozen=True)
class WorstFile:
    """A file with a large error, and its series where they were kept."""

    result: FileOutcome
    anchor: str
    chart: SeriesChart | None


@dataclass(frozen=True)
class FailureGroup:
    """Files that failed for the same reason."""

    verdict: Verdict
    message: str
    files: tuple[str, ...]
    traceback: str
    logs: str


def metric_names(files: Sequence[FileOutcome], column: str) -> list[str]:
    """List the per-file columns, the primary one first, without costs: every file shows those."""
    costs = {metric.name for metric in RESOURCE_METRICS}
    names = dict.fromkeys(name for one in files for name in one.metrics)
    shown = [name for name in names if name not in costs or name == column]
    return sorted(shown, key=lambda name: name != column)


def _ranked(files: Sequence[FileOutcome], subject: Subject) -> list[FileOutcome]:
    """Keep the files that count; all of them where none does, as in a dry run on practice files."""
    return [one for one in files if one.file_name in subject.ranked] or list(files)


def _points(files: Sequence[FileOutcome], column: str, anchors: Anchors) -> list[Point]:
    return [
        Point(
            one.file_name,
            anchors[one.file_name],
            one.metrics[column],
            wording.number(one.metrics[column]),
        )
        for one in files
        if column in one.metrics
    ]


def slice_sections(
    result: EvaluationResult, subject: Subject, column: str, anchors: Anchors
) -> list[SliceSection]:
    """Draw the distribution of the primary column, over all files and for each slicing column."""
    points = _points(_ranked(result.files, subject), column, anchors)
    aggregate = result.aggregates.get(result.primary_metric)
    sections = [
        SliceSection("", _chart("All ranked files", {"all": points}, points, aggregate), ())
    ]
    for name in dict.fromkeys(part.column for part in result.slices):
        parts = tuple(part for part in result.slices if part.column == name)
        groups = {
            part.value: [
                point
                for point in points
                if slice_value(subject.metadata.get(point.file_name, {}).get(name)) == part.value
            ]
            for part in parts
        }
        title = f"By {wording.heading(name).lower()}"
        sections.append(SliceSection(name, _chart(title, groups, points, aggregate), parts))
    return sections


def _chart(
    title: str,
    groups: Mapping[str, Sequence[Point]],
    points: Sequence[Point],
    aggregate: Aggregate | None,
) -> StripChart | None:
    if len(points) < FEWEST_POINTS:
        return None
    scale = scale_for(np.array([point.value for point in points], dtype=np.float64))
    unit = aggregate.unit if aggregate else ""
    axis = ", ".join(part for part in (unit, "logarithmic axis" if scale.bend else "") if part)
    return strip_chart(title, axis, groups, scale)


def worst_files(
    result: EvaluationResult,
    subject: Subject,
    column: str,
    anchors: Anchors,
    series_of: SeriesOf,
) -> list[WorstFile]:
    """Pick the files with the largest loss, and draw their series one at a time."""
    aggregate = result.aggregates.get(result.primary_metric)
    best = aggregate.best if aggregate else Best.LOWEST
    scored = [one for one in _ranked(result.files, subject) if column in one.metrics]
    if len(scored) < FEWEST_POINTS:
        return []
    worst = sorted(scored, key=lambda one: best.loss(one.metrics[column]), reverse=True)
    return [
        WorstFile(one, anchors[one.file_name], _series_chart(one.file_name, series_of))
        for one in worst[:WORST_SHOWN]
    ]


def _series_chart(file_name: str, series_of: SeriesOf) -> SeriesChart | None:
    series = series_of(file_name)
    return None if series is None else series_chart(file_name, series)


def runtimes(files: Sequence[FileOutcome]) -> Histogram | None:
    """Draw how long the files took; None for fewer than two."""
    seconds = [one.wall_s for one in _ran(files) if one.wall_s is not None]
    return runtime_histogram(np.array(seconds, dtype=np.float64)) if len(seconds) > 1 else None


def untimed(files: Sequence[FileOutcome]) -> str:
    """Say on how many files the run time was measured; empty when it was on all."""
    ran = _ran(files)
    measured = sum(one.wall_s is not None for one in ran)
    return "" if measured == len(ran) else measured_on(measured, len(ran))


def _ran(files: Sequence[FileOutcome]) -> list[FileOutcome]:
    return [one for one in files if one.verdict is not Verdict.CANCELLED]


def failures(files: Sequence[FileOutcome]) -> list[FailureGroup]:
    """Gather the failures, like ones together."""
    reasons: dict[tuple[Verdict, str], list[FileOutcome]] = {}
    for one in files:
        if one.verdict is not Verdict.SCORED:
            reasons.setdefault((one.verdict, one.message), []).append(one)
    return [
        FailureGroup(
            verdict,
            message,
            tuple(one.file_name for one in group),
            group[0].traceback,
            group[0].logs,
        )
        for (verdict, message), group in reasons.items()
    ]
