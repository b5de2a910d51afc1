"""What an analysis asks of algorithms, as values with types."""

from dataclasses import dataclass

from valhub.client.hubs.records import Column, Record


@dataclass(frozen=True)
class Argument(Record):
    """An argument besides the data."""

    name: str
    unit: str
    source: str


@dataclass(frozen=True)
class ExpectedAnswer(Record):
    """What the function returns."""

    kind: str
    references: tuple[str, ...]
    alignment: str | None
    fill_missing: float | None


@dataclass(frozen=True)
class Call(Record):
    """How the function is called, and what it returns."""

    data_columns: tuple[str, ...]
    arguments: tuple[Argument, ...]
    by_position: bool
    answer: ExpectedAnswer


@dataclass(frozen=True)
class Limits(Record):
    """What one file may take."""

    timeout_s: float
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True)
class FileMetric(Record):
    """A number for each file."""

    name: str
    unit: str


@dataclass(frozen=True)
class PartOfFiles(Record):
    """A part of the files, and what its author sees of a submission on it."""

    part: str
    files: int | None
    shown: str


@dataclass(frozen=True)
class QuotaRules(Record):
    """How many runs an account may start."""

    per_day: int
    in_all: int
    at_once: int
    in_vain_per_day: int
    archive_bytes: int


@dataclass(frozen=True)
class Environment(Record):
    """What algorithms are installed with."""

    python: str | None
    packages: tuple[str, ...]
    packages_until: str


@dataclass(frozen=True)
class Contract(Record):
    """What a version of an analysis asks of algorithms."""

    version: int
    kind: str
    function: str | None
    call: Call | None
    limits: Limits | None
    metrics: tuple[Column, ...]
    file_metrics: tuple[FileMetric, ...]
    parts: tuple[PartOfFiles, ...]
    quota: QuotaRules
    environment: Environment
    example: str | None
