"""Which verdict wins when several limits are reached at once, by readings that a test makes up."""

import threading
from dataclasses import dataclass, field, replace

import pytest

from valhub.evaluation.execution.guard import Guard
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import CallFailed, Doubt
from valhub.evaluation.execution.sandbox.interface import MIB, LimitsLost, Stopped, Usage
from valhub.evaluation.results import Verdict

LIMIT = 100 * MIB
IDLE = Usage(0.0, 10 * MIB, 10 * MIB, 3, 0, oom_kills=0, ooms=0, limit_hits=0)
# Version 1 of control groups counts neither.
UNCOUNTED = replace(IDLE, ooms=None, limit_hits=None)


@dataclass
class Readings:
    """A sandbox of which only the figures are known."""

    now: Usage = IDLE
    is_full: bool = False
    state: Stopped = Stopped.NONE
    lost: bool = False
    resets: list[None] = field(default_factory=list)
    pid: int = 4321

    def usage(self) -> Usage:
        if self.lost:
            raise LimitsLost
        return self.now

    def reset_peak(self) -> None:
        self.resets.append(None)

    def stopped(self) -> Stopped:
        return self.state

    def memory_is_full(self) -> bool:
        return self.is_full


def watched(process: Readings, *, time_limit_s: float = 1e9) -> Guard:
    return Guard(
        process,
        CallLimits(memory_bytes=LIMIT, cpu_s=5.0),
        time_limit_s=time_limit_s,
        deadline=float("inf"),
        cancel=threading.Event(),
        tmp_inodes=10,
    )


CASES = [
    # Time is up, and nothing else.
    (IDLE, IDLE, True, Verdict.TIMEOUT, Doubt.NONE),
    # It came up to its limit and stayed there: all of its time went into finding memory.
    (IDLE, replace(IDLE, limit_hits=900), True, Verdict.OUT_OF_MEMORY, Doubt.NONE),
    (IDLE, replace(IDLE, limit_hits=900), False, Verdict.TIMEOUT, Doubt.NONE),
    # What came up to the limit was another call, before this one.
    (replace(IDLE, limit_hits=9), replace(IDLE, limit_hits=9), True, Verdict.TIMEOUT, Doubt.NONE),
    (
        UNCOUNTED,
        replace(UNCOUNTED, peak_memory_bytes=LIMIT),
        True,
        Verdict.OUT_OF_MEMORY,
        Doubt.NONE,
    ),
    (
        UNCOUNTED,
        replace(UNCOUNTED, peak_memory_bytes=LIMIT // 2),
        True,
        Verdict.TIMEOUT,
        Doubt.NONE,
    ),
    # A helper was ended for want of memory, and the rest waits for it.
    (IDLE, replace(IDLE, oom_kills=1, ooms=1), False, Verdict.OUT_OF_MEMORY, Doubt.NONE),
    (
        UNCOUNTED,
        replace(UNCOUNTED, oom_kills=1, peak_memory_bytes=LIMIT),
        False,
        Verdict.OUT_OF_MEMORY,
        Doubt.NONE,
    ),
    # It was ended for want of memory elsewhere.
    (IDLE, replace(IDLE, oom_kills=1), False, Verdict.INTERNAL_ERROR, Doubt.OUTSIDE),
    (UNCOUNTED, replace(UNCOUNTED, oom_kills=1), False, Verdict.INTERNAL_ERROR, Doubt.OUTSIDE),
]


@pytest.mark.parametrize("time_is_up", [True, False])
@pytest.mark.parametrize(("before", "now", "is_full", "verdict", "doubt"), CASES)
def test_memory_goes_before_time(
    before: Usage, now: Usage, verdict: Verdict, doubt: Doubt, *, is_full: bool, time_is_up: bool
) -> None:
    process = Readings(before)
    guard = watched(process, time_limit_s=-1.0 if time_is_up else 1e9)
    process.now, process.is_full = now, is_full
    killed = now.oom_kills > before.oom_kills
    if not time_is_up and not killed:
        guard.check()
        return
    with pytest.raises(CallFailed) as raised:
        guard.check()
    assert (raised.value.failure.verdict, raised.value.failure.doubt) == (verdict, doubt)


def test_memory_goes_before_processor_time() -> None:
    spent = replace(IDLE, cpu_s=6.0)
    verdicts = []
    for now in (spent, replace(spent, limit_hits=1)):
        process = Readings()
        guard = watched(process)
        process.now, process.is_full = now, True
        with pytest.raises(CallFailed) as raised:
            guard.check()
        verdicts.append(raised.value.failure.verdict)
    assert verdicts == [Verdict.TIMEOUT, Verdict.OUT_OF_MEMORY]


@pytest.mark.parametrize(
    ("state", "verdict", "doubt"),
    [
        (Stopped.NONE, Verdict.TIMEOUT, Doubt.NONE),
        (Stopped.INSIDE, Verdict.TIMEOUT, Doubt.EITHER),
        (Stopped.WHOLE, Verdict.INTERNAL_ERROR, Doubt.OUTSIDE),
    ],
)
def test_a_stop_leaves_a_timeout_in_doubt_but_no_processor_time(
    state: Stopped, verdict: Verdict, doubt: Doubt
) -> None:
    guard = watched(Readings(state=state), time_limit_s=-1.0)
    with pytest.raises(CallFailed) as raised:
        guard.check()
    assert (raised.value.failure.verdict, raised.value.failure.doubt) == (verdict, doubt)
    process = Readings(state=state)
    guard = watched(process)
    process.now = replace(IDLE, cpu_s=6.0)
    with pytest.raises(CallFailed) as raised:
        guard.check()
    assert (raised.value.failure.verdict, raised.value.failure.doubt) == (
        Verdict.TIMEOUT,
        Doubt.NONE,
    )


def test_limits_that_are_lost_are_in_doubt_wherever_that_shows() -> None:
    process = Readings()
    guard = watched(process)
    process.lost = True
    for look in (guard.check, guard.restart, guard.cost, guard.check_memory):
        with pytest.raises(CallFailed) as raised:
            look()
        assert raised.value.failure.doubt is Doubt.OUTSIDE
