"""A submission as its page shows it: scores, slices, files, what went wrong, what happened."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from valhub.evaluation.results import Aggregate, Verdict
from valhub.evaluation.wording import VERDICT_WORDS, heading, interval_in_short
from valhub.jobs.models import Event, FileResult, Run
from valhub.jobs.selectors.stored_aggregates import aggregates_of, stored_interval

# Each comes with its traceback and its prints, and every file may fail in its own words.
FAILURES_SHOWN = 20


@dataclass(frozen=True)
class SliceCell:
    """One aggregate of a slice, and its interval in words."""

    value: float | None
    interval: str

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> "SliceCell":
        """Read it from the run's row; None where the slice has no such aggregate."""
        if stored is None:
            return cls(None, "")
        low, high, _ = stored_interval(stored)
        return cls(
            stored["value"],
            interval_in_short(low, high, stored.get("systems", 0), stored.get("sites", 0)),
        )


@dataclass(frozen=True)
class FileLine:
    """One file's row: its result, and its metrics in the order of the table."""

    result: FileResult
    values: list[float | None]


@dataclass(frozen=True)
class FailureLine:
    """Files that failed alike."""

    verdict: str
    message: str
    names: list[str]
    traceback: str
    logs: str


@dataclass(frozen=True)
class SliceLine:
    """The files that share a value, with their aggregates in the order of the table."""

    value: str
    scored: int
    files: int
    cells: list[SliceCell]


@dataclass(frozen=True)
class EventLine:
    """One event in words."""

    event: Event
    words: str


def ordered_aggregates(run: Run) -> list[tuple[str, Aggregate]]:
    """A run's aggregates in the order of its board, those it does not know last."""
    places = {column["name"]: place for place, column in enumerate(run.version.columns)}
    return sorted(aggregates_of(run).items(), key=lambda item: places.get(item[0], len(places)))


def slice_tables(run: Run, names: Sequence[str]) -> list[tuple[str, list[SliceLine]]]:
    """One table for each column that the results are sliced by."""
    return [
        (
            column,
            [
                SliceLine(
                    value=part["value"],
                    scored=part["scored"],
                    files=part["files"],
                    cells=[SliceCell.of(part["aggregates"].get(name)) for name in names],
                )
                for part in parts
            ],
        )
        for column, parts in groupby(run.slices, key=lambda part: str(part["column"]))
    ]


def file_lines(results: Sequence[FileResult], names: Sequence[str]) -> list[FileLine]:
    """The table of files."""
    return [FileLine(one, [one.metrics.get(name) for name in names]) for one in results]


def metric_names(results: Iterable[FileResult]) -> list[str]:
    """Names of the metrics that any file has, without costs, which have columns of their own."""
    names = dict.fromkeys(name for one in results for name in one.metrics)
    return [name for name in names if name not in ("runtime", "cpu_time", "peak_memory")]


def failures(results: Sequence[FileResult]) -> list[FailureLine]:
    """What went wrong, alike failures together, the most frequent first."""
    alike: dict[tuple[str, str], list[FileResult]] = {}
    for one in results:
        if one.verdict != Verdict.SCORED:
            alike.setdefault((one.verdict, one.message), []).append(one)
    found = [_failure(group) for group in alike.values()]
    return sorted(found, key=lambda failure: -len(failure.names))


def _failure(group: Sequence[FileResult]) -> FailureLine:
    first = group[0]
    names = [one.file.name for one in group]
    return FailureLine(first.verdict, first.message, names, first.traceback, first.logs)


def event_lines(events: Iterable[Event]) -> list[EventLine]:
    """Events in words."""
    return [EventLine(event, _words(event)) for event in events]


def _words(event: Event) -> str:
    data = event.data
    match event.kind:
        case "file":
            return f"{data.get('file')}: {VERDICT_WORDS[Verdict(data['verdict'])]}"
        case "submitted":
            return "submitted"
        case "queued":
            return "waiting for a worker"
        case "started":
            return "started by a worker"
        case kind:
            reason = data.get("reason") or ""
            return f"{heading(kind).lower()}: {reason}" if reason else heading(kind).lower()


def as_text(value: object) -> str:
    """What a script package's evaluation returned, indented."""
    return json.dumps(value, indent=2, ensure_ascii=False)
