"""The time that a step may take, without that in which nobody could watch it."""

import time
from collections.abc import Callable

from valhub.evaluation.execution.ticks import Ticks

LOOKS_EVERY_S = 0.25
"""How often a step is looked after: far more often than what counts as a gap."""


class StepClock:
    """Ends a step after so many seconds of a machine that was awake.

    A builder that is stopped, or suspended with its machine, says nothing about the requirements.
    Nor does a clock that is set.

    Parameters
    ----------
    limit_s : float
        How long the step may take.
    clock, busy : callable
        As of `Ticks`.
    """

    def __init__(
        self,
        limit_s: float,
        clock: Callable[[], float] = time.monotonic,
        busy: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock = clock
        self._ends_at = clock() + limit_s
        self._ticks = Ticks(clock, busy)

    def note(self) -> None:
        """Note that the step is looked after now."""
        self._ticks.tick()

    def resume(self) -> None:
        """Go on after something that may take long without being a gap."""
        self._ticks.restart()

    def is_over(self) -> bool:
        """Whether the time is up."""
        self.note()
        return self._clock() - self._ticks.lost_s >= self._ends_at
