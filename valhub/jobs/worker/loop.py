"""A worker's life: heartbeat, claim, do, again."""

import logging
import os
import socket
import threading
import time
from contextlib import ExitStack

from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.db.models.functions import Now

from valhub.evaluation.execution.environments import NoInterpreter
from valhub.evaluation.execution.sandbox import NoSandbox
from valhub.jobs.models import Preparation, Shard, Worker
from valhub.jobs.services.finishing import fail_run
from valhub.jobs.services.leasing import Claim, claim, count_death
from valhub.jobs.services.publishing import fail_preparation
from valhub.jobs.services.queueing import claim_shard
from valhub.jobs.services.spreading import spread
from valhub.jobs.worker.bench import Bench, open_bench
from valhub.jobs.worker.evaluating import evaluate_shard
from valhub.jobs.worker.preparing import prepare_version

log = logging.getLogger(__name__)

_HEARTBEAT_S = 5.0
_LOOK_AGAIN_S = 30.0


def worker_name() -> str:
    """Name of this process among all workers."""
    return f"{socket.gethostname()}-{os.getpid()}"


def run_worker(stop: threading.Event, name: str | None = None) -> None:
    """Work until told to stop; the work at hand is given back then.

    Without a sandbox that holds, nothing is claimed: submissions stay queued, and the worker's row
    says why.
    """
    pulse = _Pulse(name or worker_name())
    pulse.start()
    while not stop.is_set():
        try:
            with ExitStack() as stack:
                bench = stack.enter_context(open_bench())
                pulse.trouble = ""
                _work(bench, pulse, stop)
        except NoSandbox as error:
            pulse.trouble = str(error)
            log.error("no_sandbox worker=%s reason=%s", pulse.name, error)
            stop.wait(_LOOK_AGAIN_S)
    pulse.end()


def _work(bench: Bench, pulse: "_Pulse", stop: threading.Event) -> None:
    idle_since = time.monotonic()
    while not stop.is_set():
        try:
            busy = _do_next(bench, pulse, stop)
        except DatabaseError:
            log.exception("database_trouble worker=%s", pulse.name)
            close_old_connections()
            busy = False
        if busy:
            idle_since = time.monotonic()
            continue
        if time.monotonic() - idle_since > _HEARTBEAT_S:
            bench.put_away()
        stop.wait(settings.POLL_MS / 1000)


def _do_next(bench: Bench, pulse: "_Pulse", stop: threading.Event) -> bool:
    """Do one piece of work; False when there is none."""
    preparation = claim(Preparation.objects.order_by("id"), pulse.name)
    if preparation is not None:
        pulse.doing = f"preparing {preparation.work.version_id}"
        _do(preparation, lambda: prepare_version(preparation, stop))
        return True
    shard = claim_shard(pulse.name, stay_with=bench.stay_with) or spread(
        pulse.name, Shard.objects.all()
    )
    if shard is not None:
        pulse.doing = f"shard {shard.work.pk}"
        _do(shard, lambda: evaluate_shard(shard, bench, stop), bench)
        return True
    pulse.doing = ""
    return False


def _do(held: Claim[Shard] | Claim[Preparation], work: object, bench: Bench | None = None) -> None:
    """Do a piece of work; a fault of ours is counted like a death, and tried again."""
    assert callable(work)  # noqa: S101 - for the type checker
    try:
        work()
    except Exception as error:  # a worker's outermost loop
        log.exception("work_failed work=%s", held.work)
        if bench is not None:
            bench.put_away()
        _count_failure(held, error)


def _count_failure(held: Claim[Shard] | Claim[Preparation], error: Exception) -> None:
    reason = getattr(error, "code", "") and str(error)
    sentence = reason or "The evaluation failed by a fault of ours; it is logged."
    # An interpreter that is not found may only not have answered, so that it is looked for again.
    our_fault = not isinstance(error, NoInterpreter)
    with transaction.atomic():
        row = held.held().first()
        if row is None or count_death(row):
            return
        if isinstance(row, Shard):
            fail_run(row.run, sentence, our_fault=our_fault)
        else:
            fail_preparation(row, sentence)


class _Pulse(threading.Thread):
    """Tells the database, every few seconds, that this worker is alive and what it does."""

    def __init__(self, name: str) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.name = name
        self.trouble = ""
        self.doing = ""
        self._ended = threading.Event()

    def run(self) -> None:
        while True:
            try:
                self._beat()
            except DatabaseError:
                log.exception("heartbeat_failed worker=%s", self.name)
            if self._ended.wait(_HEARTBEAT_S):
                break
        close_old_connections()

    def _beat(self) -> None:
        state = {"trouble": self.trouble, "doing": self.doing, "heartbeat_at": Now()}
        if not Worker.objects.filter(name=self.name).update(**state):
            Worker.objects.get_or_create(name=self.name)

    def end(self) -> None:
        """Stop beating, and take the worker off the list."""
        self._ended.set()
        self.join()
        Worker.objects.filter(name=self.name).delete()
