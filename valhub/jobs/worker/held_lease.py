"""Renewing the lease of a piece of work while it is done."""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error, close_old_connections, connection

from valhub.evaluation.execution.ticks import Ticks
from valhub.jobs.models import Build, Preparation, Shard
from valhub.jobs.services.leasing import Claim, LostLease

log = logging.getLogger(__name__)

# How often a worker checks whether others wait for it.
ASK_EVERY_S = 1.0


class HeldLease:
    """Renews a claim three times in its length, from a thread of its own.

    `cancel` is set when the lease is lost, when the worker is to stop, or when the work is to give
    way to that of others: whatever is being done ends then.
    """

    def __init__(
        self,
        claim: Claim[Shard] | Claim[Preparation] | Claim[Build],
        stop: threading.Event,
        gives_way: Callable[[], bool] = lambda: False,
    ) -> None:
        self._claim = claim
        self._gives_way = gives_way
        self._stop = stop
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew_until_done, name="lease", daemon=True)
        self.cancel = threading.Event()
        self.lost = False
        self._ticks = Ticks()

    @property
    def lost_s(self) -> float:
        """Seconds in which this process was stopped, or got no processor."""
        return self._ticks.lost_s

    def _renew_until_done(self) -> None:
        interval = settings.LEASE_S / 3
        due = time.monotonic() + interval
        ask = time.monotonic() + ASK_EVERY_S
        self._ticks.restart()
        while not self._done.wait(0.1):
            self._ticks.tick()
            if self._stop.is_set() and not self.cancel.is_set():
                self._let_go()
            if time.monotonic() >= ask and not self.cancel.is_set():
                self._leave_to_others()
                ask = time.monotonic() + ASK_EVERY_S
            # By the clock: on a busy machine ten waits are longer than a second.
            if time.monotonic() >= due:
                due = time.monotonic() + interval
                self._renew()
            # What the database took is no gap.
            self._ticks.restart()
        connection.close()

    def _let_go(self) -> None:
        """Return the work to the queue at once: what is being done here may take long to end."""
        self.cancel.set()
        try:
            self._claim.give_back()
        except Error:
            # Then it is returned when the work has ended, or its lease runs out.
            log.exception("giving_back_failed")
            close_old_connections()

    def _leave_to_others(self) -> None:
        """Return the work when an account that has no worker waits for this one."""
        try:
            if self._gives_way():
                log.info("work_gives_way work=%s", self._claim.work)
                self._let_go()
        except Error:
            log.exception("others_not_asked_for")
            close_old_connections()

    def _renew(self) -> None:
        try:
            self._claim.renew()
        except LostLease:
            self.lost = True
            self.cancel.set()
        except Error:
            # The lease outlasts most outages; if this one goes on, the lease is lost.
            log.exception("renewal_failed")
            close_old_connections()

    def __enter__(self) -> "HeldLease":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()
        self._thread.join()
