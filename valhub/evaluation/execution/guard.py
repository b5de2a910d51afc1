"""The limits of one call, checked from outside while it runs."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from valhub.evaluation.closed_sentences import ALGORITHM, Closed
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import CallFailed, Cost, Doubt, Failure
from valhub.evaluation.execution.sandbox.interface import (
    MIB,
    LimitsLost,
    Process,
    Stopped,
    Usage,
)
from valhub.evaluation.execution.ticks import Ticks
from valhub.evaluation.results import Verdict

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())

# Whether something is stopped is asked for less often than the rest: it reads every process.
_STATES_EVERY_S = 0.25
# Of the limit of memory. The kernel charges many pages at once, so that the last ones do not fit.
_AT_LIMIT = 0.98
_DOUBTS = {
    Stopped.NONE: Doubt.NONE,
    Stopped.INSIDE: Doubt.EITHER,
    Stopped.WHOLE: Doubt.OUTSIDE,
}


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
        with _limits_kept():
            process.reset_peak()
        self._before = self._usage()
        self._cpu_before_s = self._before.cpu_s
        self._started = time.monotonic()
        self._answered: float | None = None
        self._waited = 0.0
        self._ticks = Ticks()
        self._lost_before_s = 0.0
        self._stopped = Doubt.NONE
        self._next_state = self._started

    @property
    def lost_s(self) -> float:
        """Seconds in which the host could not watch the call."""
        return self._ticks.lost_s

    def restart(self) -> None:
        """Restart both clocks: a further question of the same conversation."""
        self._cpu_before_s = self._usage().cpu_s
        self._waited += (self._answered or self._started) - self._started
        self._started = time.monotonic()
        self._answered = None
        self._ticks.restart()
        self._lost_before_s = self.lost_s

    def answered(self) -> None:
        """Stop the clock: the answer has arrived."""
        self._answered = time.monotonic()
        self._ticks.tick()

    def cost(self) -> Cost:
        """What the call has used so far; a debugging line says when it began and ended."""
        now = self._usage()
        end = self._answered or time.monotonic()
        cpu_s = _spent(now, self._before.cpu_s)
        wall_s = self._waited + end - self._started
        log.debug(
            "call_measured host=%d sandbox=%d began=%r ended=%r wall_s=%r cpu_s=%r interrupted=%s",
            *(os.getpid(), self._process.pid, self._started, end, wall_s, cpu_s),
            self._interrupted.name,
        )
        return Cost(wall_s, cpu_s, now.peak_memory_bytes, self._interrupted)

    @property
    def _interrupted(self) -> Doubt:
        """Whether time passed in which the algorithm, or the host, could do nothing."""
        return Doubt.OUTSIDE if self.lost_s else self._stopped

    def check(self) -> None:
        """Raise `CallFailed` when a limit has been reached, or the run has been cancelled."""
        self._ticks.tick()
        self._look_for_stops()
        check_run(self._limits, self._deadline + self.lost_s, self._cancel)
        usage = self._usage()
        self.check_memory(usage)
        # Whatever was answered while the host stood still shall be read before time is up.
        lost_s = self.lost_s - self._lost_before_s
        if time.monotonic() - self._started - lost_s > self._time_limit_s:
            raise CallFailed(self._too_late(usage, Closed.TOO_LONG, self._time_limit_s))
        # Where processor time is not measured, the limit of the run time has to do.
        if (_spent(usage, self._cpu_before_s) or 0.0) > self._limits.call_cpu_s:
            raise CallFailed(self._too_late(usage, Closed.PROCESSOR_TIME, self._limits.call_cpu_s))
        if usage.tmp_inodes > self._tmp_inodes:
            text = Closed.MANY_FILES.said(who=self._what, limit=str(self._tmp_inodes))
            raise CallFailed(Failure(Verdict.ERROR, text))

    def _look_for_stops(self) -> None:
        now = time.monotonic()
        if now < self._next_state:
            return
        self._next_state = now + _STATES_EVERY_S
        self._stopped = max(self._stopped, _DOUBTS[self._process.stopped()])

    def _too_late(self, usage: Usage, closed: Closed, limit_s: float) -> Failure:
        """Why a call takes too long: for want of memory, because it was stopped, or by itself."""
        # Memory that is full is freed and read again and again, which takes all the time.
        at_limit = self._grew(usage.limit_hits, self._before.limit_hits, usage)
        if at_limit and self._memory_is_full():
            return self.memory_failure()
        # Processor time stands still with whatever is stopped.
        doubt = self._interrupted if closed is Closed.TOO_LONG else Doubt.NONE
        if doubt is Doubt.OUTSIDE:
            return Failure(Verdict.INTERNAL_ERROR, Closed.TIME_LOST.said(), doubt=doubt)
        text = closed.said(who=self._what, limit=duration(limit_s))
        return Failure(Verdict.TIMEOUT, text, doubt=doubt)

    def check_memory(self, usage: Usage | None = None) -> None:
        """Raise `CallFailed` when memory ran out during this call."""
        usage = usage or self._usage()
        killed = usage.oom_kills > self._before.oom_kills
        if killed and not self._grew(usage.ooms, self._before.ooms, usage):
            text = Closed.MACHINE_MEMORY.said()
            raise CallFailed(Failure(Verdict.INTERNAL_ERROR, text, doubt=Doubt.OUTSIDE))
        if killed or usage.memory_bytes > self._limits.memory_bytes:
            raise CallFailed(self.memory_failure())

    def _grew(self, count: int | None, before: int | None, usage: Usage) -> bool:
        """Whether a count of what happens at the limit of memory grew, or the peak came there."""
        if count is None or before is None:
            return usage.peak_memory_bytes >= _AT_LIMIT * self._limits.memory_bytes
        return count > before

    def memory_failure(self) -> Failure:
        """The failure of a call that wanted more memory than there is."""
        text = Closed.MEMORY.said(who=self._what, limit=size(self._limits.memory_bytes))
        return Failure(Verdict.OUT_OF_MEMORY, text)

    def _memory_is_full(self) -> bool:
        with _limits_kept():
            return self._process.memory_is_full()

    def _usage(self) -> Usage:
        with _limits_kept():
            return self._process.usage()


@contextmanager
def _limits_kept() -> Iterator[None]:
    """Fail the call when the sandbox has lost its limits, which no code inside can bring about."""
    try:
        yield
    except LimitsLost:
        text = Closed.LIMITS_LOST.said()
        failure = Failure(Verdict.INTERNAL_ERROR, text, doubt=Doubt.OUTSIDE)
        raise CallFailed(failure) from None


def _spent(usage: Usage, before_s: float | None) -> float | None:
    """Processor seconds since a reading before; None where they are not measured."""
    if usage.cpu_s is None or before_s is None:
        return None
    return max(usage.cpu_s - before_s, 0.0)
