"""What a hub reports, as values with types; each field is what the hub's document says it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

ENDED = ("finished", "failed", "cancelled")


@dataclass(frozen=True)
class Record:
    """A value of several fields."""

    def document(self) -> dict[str, Any]:
        """Write it as plain values for JSON; times as text, in UTC."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}

    def row(self) -> dict[str, Any]:
        """Write it as a row of a table: what is inside a field gets a name with a dot."""
        return dict(_flat(self))


@dataclass(frozen=True)
class Page(Record):
    """A page of a list."""

    items: tuple[Any, ...]
    next: str | None


@dataclass(frozen=True)
class Account(Record):
    """An account, as its owner sees it."""

    id: str
    username: str
    email: str
    first_name: str
    last_name: str
    github_link: str | None
    may_publish: bool
    is_staff: bool
    registered_at: datetime


@dataclass(frozen=True)
class Quota(Record):
    """How many more runs an account may start on an analysis."""

    today: int
    in_all: int
    at_once: int
    in_vain: int
    next_at: datetime | None


@dataclass(frozen=True)
class AnalysisLine(Record):
    """An analysis in a list."""

    id: int
    name: str
    short_description: str
    state: str
    kind: str
    version: int
    created_at: datetime


@dataclass(frozen=True)
class Column(Record):
    """A column of a leaderboard."""

    name: str
    label: str
    unit: str
    best: str


@dataclass(frozen=True)
class AnalysisDetails(AnalysisLine):
    """An analysis."""

    description: str
    ruleset: str
    dataset_description: str
    creator: str
    function: str | None
    packages_until: str
    columns: tuple[Column, ...]
    final_part_revealed_at: datetime | None
    quota: Quota | None


@dataclass(frozen=True)
class Progress(Record):
    """How far a run is, in files."""

    done: int
    failed: int
    files: int


@dataclass(frozen=True)
class SubmissionLine(Record):
    """A submission in a list."""

    id: str
    analysis: int
    created_by: str
    display_name: str
    status: str
    reason: str
    submitted_at: datetime
    archived: bool
    duplicate_of: str | None
    result: dict[str, Any] | None

    @property
    def has_ended(self) -> bool:
        """Whether its status will not change any more, unless somebody runs it again."""
        return self.status in ENDED


@dataclass(frozen=True)
class SubmissionDetails(SubmissionLine):
    """A submission."""

    run: int | None
    progress: Progress | None
    started_at: datetime | None
    finished_at: datetime | None
    receipt: dict[str, Any]
    quota: Quota

    @property
    def is_scored(self) -> bool:
        """Whether it has finished, with no file failed as far as the caller may see."""
        verdict = (self.result or {}).get("verdict", "scored")
        failed = self.progress.failed if self.progress else 0
        return self.status == "finished" and verdict == "scored" and not failed


@dataclass(frozen=True)
class Costs(Record):
    """What a call took; None where it was not measured."""

    run_time_s: float | None
    processor_s: float | None
    memory_bytes: float | None


@dataclass(frozen=True)
class FileResult(Record):
    """The result of a file, as far as the caller may see it."""

    name: str
    part: str
    on_leaderboard: bool
    verdict: str
    message: str
    scores: dict[str, float]
    coverage: float | None
    costs: Costs | None
    traceback: str
    log: str


@dataclass(frozen=True)
class Event(Record):
    """One thing that happened to a submission."""

    number: int
    at: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Score(Record):
    """A score with its 95 % interval; an open or missing end is None."""

    value: float | None
    low: float | None = None
    high: float | None = None
    systems: int | None = None
    sites: int | None = None
    withheld: str | None = None


@dataclass(frozen=True)
class Entry(Record):
    """An account's place on a leaderboard: its best run."""

    rank: int
    possible_ranks: tuple[int, int] | None
    may_be_best: bool | None
    submission: str
    author: str
    display_name: str
    is_baseline: bool
    coverage: float
    runs: int
    submitted_at: datetime
    scores: dict[str, Score] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """Write it as a row: a column for each score, and one for each end of its interval."""
        low, high = self.possible_ranks or (None, None)
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        del plain["possible_ranks"], plain["scores"]
        scores = {
            f"{name}{end}": number
            for name, one in self.scores.items()
            for end, number in (("", one.value), (":low", one.low), (":high", one.high))
        }
        return {**plain, "possible_rank_low": low, "possible_rank_high": high, **scores}


@dataclass(frozen=True)
class BoardPage(Page):
    """A page of a leaderboard."""

    version: int
    is_outdated: bool
    sorted_by: str | None
    columns: tuple[Column, ...]
    total: int
    remark: str


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Record():
            return value.document()
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
    return value


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    inside: dict[str, Any] | None = None
    if is_dataclass(value):
        inside = {one.name: getattr(value, one.name) for one in fields(value)}
    elif isinstance(value, dict):
        inside = value
    if inside is None:
        yield name, value
        return
    for key, item in inside.items():
        yield from _flat(item, f"{name}.{key}" if name else str(key))
