"""The limits of one call, checked from outside while it runs."""

import threading
import time

from valhub.evaluation.closed_sentences import ALGORITHM, Closed
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import CallFailed, Cost, Failure
from valhub.evaluation.execution.sandbox.interface import MIB, Process, Usage
from valhub.evaluation.results import Verdict


def duration(seconds: float) -> str:
    """Write seconds for people."""
    if seconds < 120:
        return f"{seconds:g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def size(number: int) -> str:
    """Write bytes for people."""
    return f"{number / MIB:.0f} MiB" if number < 1024 * MIB else f"{number / (1024 * MIB):.3g} GiB"


def check_run(limits: CallLimits, deadline: float, cancel: threading.Event) -> None:
    """Raise `CallFailed` when the whole run is over: cancelled, or past its deadline."""
    if cancel.is_set():
        raise CallFailed(Failure(Verdict.CANCELLED, Closed.CANCELLED.said()))
    if time.monotonic() > deadline:
        text = Closed.RUN_TOO_LONG.said(limit=duration(limits.total_s))
        raise CallFailed(Failure(Verdict.TIMEOUT, text))


class Guard:
    """Watches one call: raises `CallFailed` with the verdict when a limit is reached.

    Parameters
    ----------
    process : Process
        The sandbox the call runs in.
    limits : CallLimits
        What it may use.
    time_limit_s : float
        Longest run time of each question.
    deadline : float
        `time.monotonic()` at which the whole run must end.
    cancel : threading.Event
        Set to end the run now.
    tmp_inodes : int
        How many temporary files there may be.
    what : str
        What is watched, as messages call it.
    """

    def __init__(
        self,
        process: Process,
        limits: CallLimits,
        *,
        time_limit_s: float,
        deadline: float,
        cancel: threading.Event,
        tmp_inodes: int,
        what: str = ALGORITHM,
    ) -> None:
        self._process = process
        self._limits = limits
        self._time_limit_s = time_limit_s
        self._deadline = deadline
        self._cancel = cancel
        self._tmp_inodes = tmp_inodes
        self._what = what
        process.reset_peak()
        self._before = process.usage()
        self._cpu_before_s = self._before.cpu_s
        self._started = time.monotonic()
        self._answered: float | None = None
        self._waited = 0.0

    def restart(self) -> None:
        """Restart both clocks: a further question of the same conversation."""
        self._cpu_before_s = self._process.usage().cpu_s
        self._waited += (self._answered or self._started) - self._started
        self._started = time.monotonic()
        self._answered = None

    def answered(self) -> None:
        """Stop the clock: the answer has arrived."""
        self._answered = time.monotonic()

    def cost(self) -> Cost:
        """What the call has used so far."""
        now = self._process.usage()
        end = self._answered or time.monotonic()
        cpu_s = _spent(now, self._before.cpu_s)
        return Cost(self._waited + end - self._started, cpu_s, now.peak_memory_bytes)

    def check(self) -> None:
        """Raise `CallFailed` when a limit has been reached, or the run has been cancelled."""
        check_run(self._limits, self._deadline, self._cancel)
        if time.monotonic() - self._started > self._time_limit_s:
            text = Closed.TOO_LONG.said(who=self._what, limit=duration(self._time_limit_s))
            raise CallFailed(Failure(Verdict.TIMEOUT, text))
        self._check_usage(self._process.usage())

    def _check_usage(self, usage: Usage) -> None:
        if self.out_of_memory(usage):
            raise CallFailed(self.memory_failure())
        # Where processor time is not measured, the limit of the run time has to do.
        if (_spent(usage, self._cpu_before_s) or 0.0) > self._limits.call_cpu_s:
            limit = duration(self._limits.call_cpu_s)
            text = Closed.PROCESSOR_TIME.said(who=self._what, limit=limit)
            raise CallFailed(Failure(Verdict.TIMEOUT, text))
        if usage.tmp_inodes > self._tmp_inodes:
            text = Closed.MANY_FILES.said(who=self._what, limit=str(self._tmp_inodes))
            raise CallFailed(Failure(Verdict.ERROR, text))

    def out_of_memory(self, usage: Usage) -> bool:
        """Whether memory ran out during this call."""
        return (
            usage.oom_kills > self._before.oom_kills
            or usage.memory_bytes > self._limits.memory_bytes
        )

    def memory_failure(self) -> Failure:
        """The failure of a call that wanted more memory than there is."""
        text = Closed.MEMORY.said(who=self._what, limit=size(self._limits.memory_bytes))
        return Failure(Verdict.OUT_OF_MEMORY, text)


def _spent(usage: Usage, before_s: float | None) -> float | None:
    """Processor seconds since a reading before; None where they are not measured."""
    if usage.cpu_s is None or before_s is None:
        return None
    return max(usage.cpu_s - before_s, 0.0)
