"""The heartbeat of a worker, in the database."""

import logging
import threading

from django.db import Error, close_old_connections, connection
from django.db.models.functions import Now

from valhub.jobs.models import Worker

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0


class Heartbeat(threading.Thread):
    """Records, every few seconds, that a worker is alive and what it does."""

    def __init__(self, name: str) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.name = name
        self.trouble = ""
        self.doing = ""
        self._ended = threading.Event()

    def run(self) -> None:
        """Record it until `end` is called."""
        while True:
            try:
                self._beat()
            except Error:
                log.exception("heartbeat_failed worker=%s", self.name)
                close_old_connections()
            if self._ended.wait(HEARTBEAT_S):
                break
        connection.close()

    def _beat(self) -> None:
        state = {"trouble": self.trouble, "doing": self.doing, "heartbeat_at": Now()}
        if not Worker.objects.filter(name=self.name).update(**state):
            Worker.objects.get_or_create(name=self.name)

    def end(self) -> None:
        """Stop the heartbeat, and delete the worker's row."""
        self._ended.set()
        self.join()
        try:
            Worker.objects.filter(name=self.name).delete()
        except Error:
            # The sweeper deletes a worker that has sent no heartbeat for a day.
            log.exception("worker_row_left_behind worker=%s", self.name)
        connection.close()
