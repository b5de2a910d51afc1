"""A thread that shows for a process that it is alive.

Loops that pass often enough, such as the sweeper's, record their heartbeat themselves: then a loop
that is stuck falls silent as well.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import Error, close_old_connections, connection

from valhub.jobs.services.disks import record_disks
from valhub.jobs.services.heartbeats import forget_heartbeat, record_heartbeat

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
_MEASURE_EVERY_S = 60.0
# A process that ends does not wait longer for a database that does not answer.
_END_WITHIN_S = 3.0


class Beating(threading.Thread):
    """Records every few seconds that a process of one kind is alive; at times, its free space."""

    def __init__(self, process: str) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.process = process
        self._ended = threading.Event()

    def run(self) -> None:
        """Record it until `end` is called; then forget it."""
        measured_at = float("-inf")
        while True:
            self._try("heartbeat_failed", self._beat)
            if self._ended.wait(HEARTBEAT_S):
                break
            if time.monotonic() - measured_at >= _MEASURE_EVERY_S:
                self._try("disks_not_measured", record_disks)
                measured_at = time.monotonic()
        self._try("heartbeat_left_behind", self._forget)
        connection.close()

    def _try(self, event: str, step: Callable[[], object]) -> None:
        try:
            step()
        except (Error, OSError) as error:
            # Without a traceback: an outage would repeat it every few seconds in every process.
            reason = str(error).partition("\n")[0]
            log.warning("%s process=%s name=%s reason=%s", event, self.process, self.name, reason)
            close_old_connections()

    def _beat(self) -> None:
        record_heartbeat(self.process)

    def _forget(self) -> None:
        forget_heartbeat(self.process)

    def end(self) -> None:
        """Stop it; the process ends in order."""
        self._ended.set()
        self.join(_END_WITHIN_S)


@contextmanager
def beating(process: str) -> Iterator[None]:
    """Show that this process is alive for as long as the block runs."""
    thread = Beating(process)
    thread.start()
    try:
        yield
    finally:
        thread.end()
