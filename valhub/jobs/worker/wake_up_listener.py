"""How a worker without work waits: for a message, or for as long as it has been idle.

So it polls soon after its last work, when most often there is more, and every few seconds in the
long run. A lost message costs seconds, and so does a lost broker.
"""

import logging
import threading
import time
from collections.abc import Collection

from django.conf import settings
from django.db import Error, close_old_connections

from valhub.cloud.queues import QueueError, open_queues
from valhub.jobs.services.wake_ups import listened_to

log = logging.getLogger(__name__)

# How long a waiting worker may take to notice that it is to stop.
_NOTICE_S = 0.2


class WakeUps:
    """Wakes a worker by messages from its analyses' queues; None for all analyses.

    A worker with work to do handles no messages: a wake-up waits until a whole poll, begun after
    the wake-up, has found nothing.
    """

    def __init__(self, stop: threading.Event, analyses: Collection[int] | None) -> None:
        self._stop = stop
        self._analyses = analyses
        self._changed = threading.Condition()
        self._received = self._handled = 0
        self._over = False
        self._listener = open_queues().listen(self._wake)

    def _wake(self, _shard_id: int | None) -> None:
        with self._changed:
            self._received += 1
            mine = self._received
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._over or self._handled >= mine)

    def received(self) -> int:
        """How many wake-ups have arrived; to be read before a poll."""
        return self._received

    def wait(self, received: int, idle_s: float) -> None:
        """Wait after a poll that found nothing, for a wake-up or until the next poll is due.

        Parameters
        ----------
        received : int
            What `received` returned before the poll.
        idle_s : float
            How long nothing has been found.
        """
        poll_s = settings.POLL_MS / 1000
        if settings.QUEUE is not None:
            self._listen()
            poll_s = min(max(poll_s, idle_s), settings.WAKE_AGAIN_S)
        deadline = time.monotonic() + poll_s
        with self._changed:
            self._handled = received
            self._changed.notify_all()
            while self._received == received and not self._stop.is_set():
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    break
                self._changed.wait(min(left_s, _NOTICE_S))

    def _listen(self) -> None:
        """Listen to the queues that exist now."""
        try:
            self._listener.listen_to(listened_to() if self._analyses is None else self._analyses)
        except QueueError as error:
            log.warning("not_listening code=%s reason=%s", error.code, error)
        except Error:
            # It goes on listening to the same queues; a later poll finds the database again.
            log.exception("database_trouble while=listening")
            close_old_connections()

    def __enter__(self) -> "WakeUps":
        return self

    def __exit__(self, *exc: object) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._listener.close()
