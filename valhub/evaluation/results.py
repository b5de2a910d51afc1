"""What an evaluation returns: verdicts, scores and costs, file by file and in sum.

Only values live here, so that execution, scoring, the command and a server can share them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Numbers = TypeVar("_Numbers", float, "NDArray[np.float64]")


class Best(StrEnum):
    """The direction of a metric: which value is the best one."""

    LOWEST = "lowest"
    HIGHEST = "highest"
    ZERO = "zero"  # signed errors

    def loss(self, values: _Numbers) -> _Numbers:
        """Turn one number, or an array of them, into losses: the smaller, the better."""
        if self is Best.LOWEST:
            return values
        return -values if self is Best.HIGHEST else abs(values)


class Verdict(StrEnum):
    """How one file, or a whole run, ended. The hub's fault is never the participant's."""

    SCORED = "scored"
    ERROR = "error"  # the algorithm raised, exited or crashed
    TIMEOUT = "timeout"  # run time, CPU time or the run's total time
    OUT_OF_MEMORY = "out_of_memory"
    INVALID_OUTPUT = "invalid_output"
    CANCELLED = "cancelled"
    ORGANISER_ERROR = "organiser_error"  # the package's own evaluate, or its data
    INTERNAL_ERROR = "internal_error"  # the hub's own


@dataclass(frozen=True)
class FileOutcome:
    """The result of one data file.

    Attributes
    ----------
    message : str
        One sentence that says what went wrong; empty when scored.
    metrics : dict of str to float
        Finite values by column name, such as `mean_absolute_error_time_series`.
    wall_s : float or None
        Seconds the call took, measured outside the sandbox; None where they could not be measured
        because the machine or the sandbox was stopped meanwhile.
    cpu_s : float or None
        Processor seconds of the call and all its processes; None where the machine has no
        control groups to measure them.
    peak_memory_bytes : int
        The sandbox's highest memory use during the call, measured outside; without control groups
        it is sampled, and can miss a short peak.
    coverage : float
        Share of the reference the algorithm answered with a finite value, 0 to 1.
    traceback : str
        The algorithm's own traceback, as far as its reader may see it.
    logs : str
        What the call printed (capped), empty where the data is hidden.
    judged : bool
        Whether it says something about an answer of the algorithm, or that there is none: not where
        the algorithm could not be imported, or the truth cannot be used.
    """

    file_name: str
    verdict: Verdict
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    wall_s: float | None = 0.0
    cpu_s: float | None = None
    peak_memory_bytes: int = 0
    coverage: float = 0.0
    traceback: str = ""
    logs: str = ""
    judged: bool = True


@dataclass(frozen=True)
class Aggregate:
    """One number over many files, with its 95 % interval over PV systems.

    Attributes
    ----------
    low, high : float or None
        Ends of the interval, in the unit of the value. One of them alone is None where the
        interval is open on that side; both are None where there is no interval.
    unit : str
        Empty for a pure number, and where it is not known.
    operation : str
        How it was computed from the files' values, such as `mean`; empty where a script
        package's own evaluation gave the number.
    column : str
        The per-file column it sums up, such as `mean_absolute_error_time_series`: a key of
        `FileOutcome.metrics`.
    best : Best
        Which value is the best one.
    files, systems : int
        How many were scored, and of how many systems they are; 0 where it is not known.
    caveat : str
        A sentence on why there is no interval, or on what to think of this one; empty without.
    sites : int
        At how many places the systems are; 0 where it is not known.
    unmeasured : int
        How many further files were scored whose run time could not be measured; only for run times.
    """

    value: float
    low: float | None
    high: float | None
    unit: str
    label: str
    operation: str
    column: str
    best: Best
    files: int = 0
    systems: int = 0
    caveat: str = ""
    sites: int = 0
    unmeasured: int = 0

    @classmethod
    def of_script(cls, name: str, value: float, best: Best) -> "Aggregate":
        """Keep a number that a script package's evaluation gave: it names no unit or interval."""
        return cls(
            value,
            None,
            None,
            unit="",
            label=name,
            operation="",
            column=name,
            best=best,
            caveat="The evaluation gives one number for the whole: there is no interval.",
        )


@dataclass(frozen=True)
class Slice:
    """The aggregates of the files that share one value of one metadata column."""

    column: str
    value: str
    files: int
    scored: int
    aggregates: dict[str, Aggregate]


@dataclass(frozen=True)
class PartSummary:
    """The results of one part of a package's files in a few numbers.

    Attributes
    ----------
    verdict, coverage, aggregates, slices
        As in `EvaluationResult`, over the files of the part alone.
    """

    verdict: Verdict
    coverage: float
    aggregates: dict[str, Aggregate]
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class EvaluationResult:
    """Everything one run of an algorithm over a package produced.

    Attributes
    ----------
    verdict : Verdict
        `scored` when every file was, else the verdict that explains the run best.
    coverage : float
        Share of the leaderboard's files that were scored, 0 to 1.
    aggregates : dict of str to Aggregate
        By name, such as `mean_mean_absolute_error_time_series`; over the scored leaderboard files.
    primary_metric, primary_column : str
        The aggregate that ranks, and the per-file column it sums up: known even when no
        leaderboard file was scored. Empty where nothing ranks.
    final : PartSummary or None
        The final part, which is not in any of the above but `files`; None without one.
    result : Any
        What a script package's `evaluate` returned; None for task packages.
    report : str
        Why a script package's evaluation failed, in full: for its organiser alone.
    receipt : dict of str to str
        Content hashes of algorithm, environment lock and data, with the versions of scorer and
        sandbox: enough for anyone to check that two results are comparable.
    """

    verdict: Verdict
    message: str
    coverage: float
    primary_metric: str
    primary_column: str
    aggregates: dict[str, Aggregate]
    slices: tuple[Slice, ...]
    files: tuple[FileOutcome, ...]
    wall_s: float
    final: PartSummary | None = None
    result: Any = None
    report: str = ""
    receipt: dict[str, str] = field(default_factory=dict)
