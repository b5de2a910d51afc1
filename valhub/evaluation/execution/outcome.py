"""The outcome of one call into a sandbox."""

from dataclasses import dataclass

from valhub.evaluation.results import FileOutcome, Verdict


@dataclass(frozen=True)
class Cost:
    """What a call used, measured outside the sandbox; `cpu_s` is None where nothing measures it."""

    wall_s: float = 0.0
    cpu_s: float | None = None
    peak_memory_bytes: int = 0


@dataclass(frozen=True)
class Failure:
    """Why there is no answer: whose fault, one sentence, and the traceback its reader may see."""

    verdict: Verdict
    message: str
    traceback: str = ""

    @property
    def blameless(self) -> bool:
        """Whether it says nothing of the code: the run was cancelled, or the fault is the hub's."""
        return self.verdict in (Verdict.CANCELLED, Verdict.INTERNAL_ERROR)


class CallFailed(Exception):
    """A call ended without an answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class ImportFailed(CallFailed):
    """The program could not be imported: no call of it can ever succeed."""


@dataclass(frozen=True)
class Outcome:
    """An answer, or the failure in its place, with its cost and what the call printed.

    `never_ran` says that the program could not even be imported.
    """

    answer: object = None
    failure: Failure | None = None
    cost: Cost = Cost()
    logs: str = ""
    never_ran: bool = False


def unscored(file_name: str, failure: Failure | None, cost: Cost, logs: str) -> FileOutcome:
    """Return the outcome of a file before its answer is scored.

    Returns
    -------
    FileOutcome
        With the failure's verdict and words, if there is one; else still without metrics.
    """
    why = failure or Failure(Verdict.SCORED, "")
    return FileOutcome(
        file_name,
        why.verdict,
        why.message,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        peak_memory_bytes=cost.peak_memory_bytes,
        traceback=why.traceback,
        logs=logs,
    )
