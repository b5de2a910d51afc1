"""A submission as its page shows it: scores, slices, files, what went wrong, what happened."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from valhub.evaluation.results import Verdict
from valhub.evaluation.wording import NOTHING, event_words, number
from valhub.jobs.disclosure.files import ShownFile
from valhub.jobs.disclosure.rules import NOT_SHOWN
from valhub.jobs.disclosure.scores import ShownScore
from valhub.jobs.disclosure.slices import ShownSlice, SliceTable
from valhub.jobs.models import Event

# Each comes with its traceback and its prints, and every file may fail in its own words.
FAILURES_SHOWN = 20


@dataclass(frozen=True)
class FileLine:
    """One file's row: its result, and its metrics in the order of the table, in words."""

    file: ShownFile
    values: list[str]


@dataclass(frozen=True)
class FailureLine:
    """Files that failed alike."""

    verdict: str
    message: str
    names: list[str]
    lines: str
    output: str


@dataclass(frozen=True)
class SliceLine:
    """The files that share a value, with their aggregates in the order of the table."""

    part: ShownSlice
    cells: list[ShownScore | None]


@dataclass(frozen=True)
class EventLine:
    """One event in words."""

    event: Event
    words: str


def slice_columns(table: SliceTable, scores: Iterable[ShownScore]) -> list[ShownScore]:
    """The aggregates that any row of a table of slices has."""
    known = {name for part in table.parts for name in part.scores}
    return [one for one in scores if one.name in known]


def slice_lines(table: SliceTable, columns: Iterable[ShownScore]) -> list[SliceLine]:
    """The rows of a table of slices."""
    names = [one.name for one in columns]
    return [SliceLine(part, [part.scores.get(name) for name in names]) for part in table.parts]


def file_lines(files: Sequence[ShownFile], names: Sequence[str]) -> list[FileLine]:
    """The table of files."""
    return [FileLine(one, [_value(one, name) for name in names]) for one in files]


def _value(file: ShownFile, name: str) -> str:
    if name in file.values:
        return number(file.values[name])
    # A file that was not scored has no metric that could be withheld.
    return NOT_SHOWN if file.verdict == Verdict.SCORED else NOTHING


def metric_names(files: Iterable[ShownFile]) -> list[str]:
    """Names of the metrics that are shown of any file."""
    return list(dict.fromkeys(name for one in files for name in one.values))


def failures(files: Sequence[ShownFile]) -> list[FailureLine]:
    """What went wrong, alike failures together, the most frequent first."""
    alike: dict[tuple[str, str], list[ShownFile]] = {}
    for one in files:
        if one.verdict != Verdict.SCORED:
            alike.setdefault((one.verdict, one.message), []).append(one)
    found = [_failure(group) for group in alike.values()]
    return sorted(found, key=lambda failure: -len(failure.names))


def _failure(group: Sequence[ShownFile]) -> FailureLine:
    first = group[0]
    names = [one.name for one in group]
    return FailureLine(first.verdict, first.message, names, first.lines, first.output)


def event_lines(events: Iterable[Event]) -> list[EventLine]:
    """Events in words."""
    return [EventLine(event, event_words(event.kind, event.data)) for event in events]


def as_text(value: object) -> str:
    """What a script package's evaluation returned, indented."""
    return json.dumps(value, indent=2, ensure_ascii=False)
