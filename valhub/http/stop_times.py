"""Until when a web process that stops begins requests and reads bodies; its server sets it.

Nothing here imports a framework: the server's own process reads it before there is one.
"""

import math
import time


class StopTimes:
    """Two moments of the monotonic clock, both never as long as the process does not stop."""

    def __init__(self) -> None:
        self._begins_until = self._reads_until = math.inf

    def stop(self, *, begins_until: float, reads_until: float) -> None:
        """Have the process stop."""
        self._begins_until, self._reads_until = begins_until, reads_until

    def stops(self) -> bool:
        """Whether the process stops, so that what would last ends now."""
        return self._begins_until < math.inf

    def begins(self) -> bool:
        """Whether a request may still begin."""
        return time.monotonic() < self._begins_until

    def reads(self) -> bool:
        """Whether the rest of a body may still arrive."""
        return time.monotonic() < self._reads_until


STOP_TIMES = StopTimes()
