"""Gaps between a host's own ticks: time in which it could not watch what it measures.

A host polls many times a second. Where far more time passes between two ticks than it slept and
worked, it was stopped itself, its machine was, or it got no processor: what the clock says of such
a time says nothing about the algorithm. Nothing inside a sandbox can make such a gap.
"""

import time
from collections.abc import Callable

TICK_S = 0.05
"""How long a host sleeps at most before it looks after a call."""

GAP_S = 1.0
"""A busy machine is often late by a few ticks, and seldom by so many seconds."""


class Ticks:
    """Adds up the gaps between the ticks of one thread.

    Parameters
    ----------
    clock : callable
        Seconds that pass.
    busy : callable
        Seconds that the calling thread worked: what a large answer takes to decode is no gap.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        busy: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock = clock
        self._busy = busy
        self.lost_s = 0.0
        self.restart()

    def restart(self) -> None:
        """Begin anew: the time since the last tick was not watched on purpose."""
        self._last = self._clock(), self._busy()

    def tick(self) -> bool:
        """Note that the host looks after the call now; return whether there was a gap."""
        before, busy_before = self._last
        self.restart()
        now, busy = self._last
        idle_s = now - before - (busy - busy_before)
        if idle_s <= GAP_S:
            return False
        self.lost_s += idle_s
        return True
