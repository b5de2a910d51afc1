"""Bodies that keep threads of a web process waiting, and which of them have waited for enough.

A thread waits for the rest of each body. Without an end to that, a few connections that send a byte
now and then would hold all threads, and nobody else would get an answer. Nothing here imports a
framework: the server's own process reads it before there is one.
"""

import threading
from typing import Protocol

TICK_S = 0.5
# A body that keeps its thread waiting for no longer than this is never cut off.
PATIENCE_S = 2
# How many slower ones may go on, the fastest first, while every thread is in use.
KEPT = 4
# What a body has to bring on average, once it has been waited for so long.
LEAST_BYTES_PER_S = 8192
PACE_AFTER_S = 30


class Arriving(Protocol):
    """A body, of which a part may have arrived.

    Attributes
    ----------
    received : int
        How many bytes have arrived.
    waited_s : float
        How long a thread has waited for it: counted in ticks, so that a process which stood still
        blames nobody for it.
    """

    received: int
    waited_s: float

    def cut_off(self) -> None:
        """Wake the thread that waits; its request fails."""


class ArrivingBodies:
    """The bodies of a process that threads wait for at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[Arriving] = set()

    def begin(self, body: Arriving) -> None:
        """Note that a thread begins to wait."""
        with self._lock:
            self._waiting.add(body)

    def end(self, body: Arriving) -> None:
        """Note that it waits no more."""
        with self._lock:
            self._waiting.discard(body)

    def tick(self, *, is_crowded: bool) -> None:
        """Count a moment of waiting, and cut off what has been waited for too long.

        Parameters
        ----------
        is_crowded : bool
            Whether every thread is in use, so that others wait for one.
        """
        with self._lock:
            for body in self._waiting:
                body.waited_s += TICK_S
            slow = [body for body in self._waiting if body.waited_s > PATIENCE_S]
            slow.sort(key=_pace, reverse=True)
            for place, body in enumerate(slow):
                if _crawls(body) or (is_crowded and place >= KEPT):
                    body.cut_off()


def _pace(body: Arriving) -> float:
    return body.received / body.waited_s


def _crawls(body: Arriving) -> bool:
    return body.waited_s > PACE_AFTER_S and _pace(body) < LEAST_BYTES_PER_S


ARRIVING_BODIES = ArrivingBodies()
