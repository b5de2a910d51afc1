"""A worker's life: heartbeat, claim, do, again."""

import logging
import os
import socket
import threading
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass

from django.db import Error, close_old_connections, connection, transaction
from django.db.models.functions import Now

from valhub.cloud.row_locks import locked
from valhub.evaluation.execution.sandbox import NoSandbox
from valhub.jobs.models import Preparation, Run, Shard, Worker
from valhub.jobs.services.finishing import fail_run
from valhub.jobs.services.leasing import Claim, claim, count_death
from valhub.jobs.services.publishing import fail_preparation
from valhub.jobs.services.queueing import claim_shard, preparations_of, shards_of
from valhub.jobs.services.spreading import spread
from valhub.jobs.worker.bench import Bench, open_bench
from valhub.jobs.worker.evaluating import evaluate_shard
from valhub.jobs.worker.preparing import prepare_version
from valhub.jobs.worker.wake_ups import WakeUps

log = logging.getLogger(__name__)

_HEARTBEAT_S = 5.0
_LOOK_AGAIN_S = 30.0


def worker_name() -> str:
    """Name of this process among all workers."""
    return f"{socket.gethostname()}-{os.getpid()}"


def run_worker(
    stop: threading.Event,
    name: str | None = None,
    *,
    analyses: Collection[int] | None = None,
    idle_exit_s: float | None = None,
) -> None:
    """Work until told to stop; the work at hand is given back then.

    Without a sandbox that holds, nothing is claimed: submissions stay queued, and the worker's row
    says why.

    Parameters
    ----------
    stop : threading.Event
        Set when the worker is to end.
    name : str, optional
        Its name among all workers; default: the machine's and the process'.
    analyses : collection of int, optional
        Keys of the only analyses it works for; default: all.
    idle_exit_s : float, optional
        It ends by itself after this long without work; default: never.
    """
    pulse = _Pulse(name or worker_name())
    pulse.start()
    began = time.monotonic()
    while not stop.is_set():
        try:
            with ExitStack() as stack:
                bench = stack.enter_context(open_bench())
                wake_ups = stack.enter_context(WakeUps(stop, analyses))
                pulse.trouble = ""
                _work(_Duty(bench, pulse, stop, analyses), wake_ups, idle_exit_s)
                break
        except NoSandbox as error:
            pulse.trouble = str(error)
            log.error("no_sandbox worker=%s reason=%s", pulse.name, error)
            if idle_exit_s is not None and time.monotonic() - began >= idle_exit_s:
                break
            stop.wait(_LOOK_AGAIN_S)
    pulse.end()


@dataclass(frozen=True)
class _Duty:
    """Who works, with what, for whom."""

    bench: Bench
    pulse: "_Pulse"
    stop: threading.Event
    analyses: Collection[int] | None


def _work(duty: _Duty, wake_ups: WakeUps, idle_exit_s: float | None) -> None:
    """Work until told to stop, or until there has been nothing to do for long enough."""
    worked_at = time.monotonic()
    while not duty.stop.is_set():
        heard = wake_ups.heard()
        if _is_busy(duty):
            worked_at = time.monotonic()
            continue
        idle_s = time.monotonic() - worked_at
        if idle_exit_s is not None and idle_s >= idle_exit_s:
            log.info("worker_leaves worker=%s idle_s=%.0f", duty.pulse.name, idle_s)
            return
        if idle_s > _HEARTBEAT_S:
            duty.bench.put_away()
        wake_ups.wait(heard, idle_s)


def _is_busy(duty: _Duty) -> bool:
    """Do one piece of work, as far as the database allows it; False when there is none."""
    try:
        return _do_next(duty)
    except Error:
        log.exception("database_trouble worker=%s", duty.pulse.name)
        close_old_connections()
        return False


def _do_next(duty: _Duty) -> bool:
    """Do one piece of work; False when there is none."""
    bench, pulse, stop = duty.bench, duty.pulse, duty.stop
    preparation = claim(preparations_of(duty.analyses).order_by("id"), pulse.name)
    if preparation is not None:
        pulse.doing = f"preparing {preparation.work.version_id}"
        _do(preparation, lambda: prepare_version(preparation, stop))
        return True
    shard = claim_shard(pulse.name, stay_with=bench.stay_with, analyses=duty.analyses)
    shard = shard or spread(pulse.name, shards_of(duty.analyses))
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
    with transaction.atomic():
        if isinstance(held.work, Shard):
            # Runs are locked before their shards; see `valhub.jobs.services`.
            locked(Run.objects).get(pk=held.work.run_id)
        row = held.held().first()
        if row is None or count_death(row):
            return
        if isinstance(row, Shard):
            fail_run(row.run, sentence, our_fault=True)
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
            except Error:
                log.exception("heartbeat_failed worker=%s", self.name)
                close_old_connections()
            if self._ended.wait(_HEARTBEAT_S):
                break
        connection.close()

    def _beat(self) -> None:
        state = {"trouble": self.trouble, "doing": self.doing, "heartbeat_at": Now()}
        if not Worker.objects.filter(name=self.name).update(**state):
            Worker.objects.get_or_create(name=self.name)

    def end(self) -> None:
        """Stop beating, and take the worker off the list."""
        self._ended.set()
        self.join()
        try:
            Worker.objects.filter(name=self.name).delete()
        except Error:
            # The sweeper forgets a worker that has not been heard of for a day.
            log.exception("leaving_not_told worker=%s", self.name)
        connection.close()
