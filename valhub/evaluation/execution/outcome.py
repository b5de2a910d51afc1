"""The outcome of one call into a sandbox."""

from dataclasses import dataclass
from enum import IntEnum

from valhub.evaluation.closed_sentences import ClosedText
from valhub.evaluation.results import FileOutcome, Verdict


class Doubt(IntEnum):
    """Whether something outside the sandbox may be why a call failed, or took so long."""

    NONE = 0
    EITHER = 1  # The code inside could have done it as well.
    OUTSIDE = 2  # Nothing inside could have done it.


@dataclass(frozen=True)
class Cost:
    """What a call used, measured outside the sandbox.

    Attributes
    ----------
    wall_s : float
        Seconds that passed on the host's clock.
    cpu_s : float or None
        None where nothing measures it.
    interrupted : Doubt
        Whether processes were stopped meanwhile, or the host itself was: then the seconds that
        passed are no run time.
    """

    wall_s: float = 0.0
    cpu_s: float | None = None
    peak_memory_bytes: int = 0
    interrupted: Doubt = Doubt.NONE

    @property
    def run_time_s(self) -> float | None:
        """Seconds that the call took; None where they could not be measured."""
        return None if self.interrupted else self.wall_s


@dataclass(frozen=True)
class ShownFailure:
    """A failure as one reader sees it: the verdict, one sentence, and the lines behind it."""

    verdict: Verdict
    message: str
    traceback: str = ""


@dataclass(frozen=True)
class Failure:
    """Why there is no answer: whose fault, said once for each kind of reader.

    Attributes
    ----------
    closed : ClosedText
        For an author who may not see the data.
    detail : str
        For a reader who may; empty where the closed sentence says all.
    own_lines : str
        The lines of the algorithm's own code that led there, from the files as submitted.
    traceback : str
        The same in full, with everything the algorithm says about it.
    saw_data : bool
        False where no data of any file had arrived: then there is nothing to hide.
    doubt : Doubt
        Whether the cause may lie outside: then the call is repeated before it is believed.
    """

    verdict: Verdict
    closed: ClosedText
    detail: str = ""
    own_lines: str = ""
    traceback: str = ""
    saw_data: bool = True
    doubt: Doubt = Doubt.NONE

    @property
    def blameless(self) -> bool:
        """Whether it says nothing of the code: the run was cancelled, or the fault is the hub's."""
        return self.verdict in (Verdict.CANCELLED, Verdict.INTERNAL_ERROR)

    def shown(self, *, reveal: bool) -> ShownFailure:
        """Choose what a reader sees: this is the only place where that is decided.

        Parameters
        ----------
        reveal : bool
            Whether the reader may see the file's data.
        """
        if reveal or not self.saw_data:
            return ShownFailure(self.verdict, self.detail or self.closed, self.traceback)
        return ShownFailure(self.verdict, self.closed, self.own_lines)


class CallFailed(Exception):
    """A call ended without an answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.closed)
        self.failure = failure


class Unsendable(Exception):
    """What a process is to be sent cannot be written: not its fault, but that of the sender."""


@dataclass(frozen=True)
class Outcome:
    """An answer, or the failure in its place, with its cost and what the call printed.

    `never_ran` says that the program could not even be imported, before any hidden data was there.
    """

    answer: object = None
    failure: ShownFailure | None = None
    cost: Cost = Cost()
    logs: str = ""
    never_ran: bool = False


def unscored(file_name: str, failure: ShownFailure | None, cost: Cost, logs: str) -> FileOutcome:
    """Return the outcome of a file before its answer is scored.

    Returns
    -------
    FileOutcome
        With the failure's verdict and words, if there is one; else still without metrics.
    """
    why = failure or ShownFailure(Verdict.SCORED, "")
    return FileOutcome(
        file_name,
        why.verdict,
        why.message,
        wall_s=cost.run_time_s,
        cpu_s=cost.cpu_s,
        peak_memory_bytes=cost.peak_memory_bytes,
        traceback=why.traceback,
        logs=logs,
    )
