"""A worker's life: heartbeat, claim, do, again."""

import logging
import threading
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, close_old_connections, transaction
from django.db.models import Min

from valhub.cloud.free_space import is_nearly_full
from valhub.cloud.row_locks import locked
from valhub.evaluation.execution.guard import size
from valhub.evaluation.execution.sandbox import NoSandbox
from valhub.jobs.beating import HEARTBEAT_S
from valhub.jobs.machine import process_name
from valhub.jobs.models import Preparation, Run, Shard, Work
from valhub.jobs.selectors.builds import unfinished_builds
from valhub.jobs.services.finishing import give_up_shard
from valhub.jobs.services.leasing import Claim, count_death
from valhub.jobs.services.preparations import fail_preparation
from valhub.jobs.services.queueing import claim_preparation, claim_shard, shards_of
from valhub.jobs.services.spreading import spread
from valhub.jobs.worker.evaluating import evaluate_shard
from valhub.jobs.worker.heartbeat import Heartbeat
from valhub.jobs.worker.preparing import prepare_version
from valhub.jobs.worker.wake_up_listener import WakeUps
from valhub.jobs.worker.worker_context import WorkerContext, open_worker_context

log = logging.getLogger(__name__)

_RETRY_S = 30.0
_NO_ROOM = (
    "The disk of the cache is nearly full. Make room, lower VALHUB_CACHE_BYTES or "
    "VALHUB_RESERVED_BYTES, or set VALHUB_CACHE to a folder on another disk."
)


def run_worker(
    stop: threading.Event,
    name: str | None = None,
    *,
    analyses: Collection[int] | None = None,
    idle_exit_s: float | None = None,
) -> None:
    """Work until `stop` is set; then the work in progress is returned to the queue.

    Without a working sandbox nothing is claimed: submissions stay queued, and the worker's row says
    why.

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
    heartbeat = Heartbeat(name or process_name())
    heartbeat.start()
    began = time.monotonic()
    while not stop.is_set():
        try:
            with ExitStack() as stack:
                context = stack.enter_context(open_worker_context())
                wake_ups = stack.enter_context(WakeUps(stop, analyses))
                heartbeat.trouble = ""
                _work(_Assignment(context, heartbeat, stop, analyses), wake_ups, idle_exit_s)
                break
        except NoSandbox as error:
            heartbeat.trouble = str(error)
            log.error("no_sandbox worker=%s reason=%s", heartbeat.name, error)
            if idle_exit_s is not None and time.monotonic() - began >= idle_exit_s:
                break
            stop.wait(_RETRY_S)
    heartbeat.end()


@dataclass(frozen=True)
class _Assignment:
    """A worker's context, its heartbeat, and the analyses it works for."""

    context: WorkerContext
    heartbeat: Heartbeat
    stop: threading.Event
    analyses: Collection[int] | None


def _work(assignment: _Assignment, wake_ups: WakeUps, idle_exit_s: float | None) -> None:
    """Work until asked to stop, or until there has been nothing to do for long enough."""
    worked_at = time.monotonic()
    while not assignment.stop.is_set():
        received = wake_ups.received()
        if _is_busy(assignment):
            worked_at = time.monotonic()
            continue
        if idle_exit_s is not None and unfinished_builds(assignment.context.store):
            # Runs wait for this machine's environments, and will for its workers.
            worked_at = time.monotonic()
        idle_s = time.monotonic() - worked_at
        if idle_exit_s is not None and idle_s >= idle_exit_s:
            log.info("worker_leaves worker=%s idle_s=%.0f", assignment.heartbeat.name, idle_s)
            return
        if idle_s > HEARTBEAT_S:
            assignment.context.end_warm_sandbox()
        wake_ups.wait(received, idle_s)


def _is_busy(assignment: _Assignment) -> bool:
    """Do one piece of work, as far as the database allows it; False when there is none."""
    try:
        return _do_next(assignment)
    except Error:
        log.exception("database_trouble worker=%s", assignment.heartbeat.name)
        close_old_connections()
        return False


def _do_next(assignment: _Assignment) -> bool:
    """Do one piece of work; False when there is none."""
    context, heartbeat, stop = assignment.context, assignment.heartbeat, assignment.stop
    if is_nearly_full(settings.ENGINE_CACHE):
        heartbeat.trouble = _NO_ROOM
        return False
    preparation = claim_preparation(heartbeat.name, analyses=assignment.analyses)
    if preparation is not None:
        heartbeat.doing = f"preparing {preparation.work.version_id}"
        _do(preparation, lambda: prepare_version(preparation, stop))
        return True
    memory, store = context.short_memory_bytes, context.store
    shard = claim_shard(
        heartbeat.name,
        stay_with=context.stay_with,
        analyses=assignment.analyses,
        memory_bytes=memory,
        store=store,
    )
    mine = shards_of(assignment.analyses, memory_bytes=memory, store=store)
    shard = shard or spread(heartbeat.name, mine)
    heartbeat.trouble = "" if shard is not None or memory is None else _left_alone(assignment)
    if shard is not None:
        heartbeat.doing = f"shard {shard.work.pk}"
        _do(shard, lambda: evaluate_shard(shard, context, stop, mine), context)
        return True
    heartbeat.doing = ""
    return False


def _left_alone(assignment: _Assignment) -> str:
    """Say whether work waits that this machine has too little memory for."""
    given = assignment.context.short_memory_bytes or 0
    waiting = shards_of(assignment.analyses).filter(
        state=Work.QUEUED, run__version__memory_bytes__gt=given
    )
    asked = waiting.aggregate(least=Min("run__version__memory_bytes"))["least"]
    if asked is None:
        return ""
    return (
        f"Runs wait for a worker with {size(asked)} of memory; this machine has {size(given)}. "
        "Start a worker on a larger machine, or lower VALHUB_MAX_MEMORY_BYTES."
    )


def _do(
    held: Claim[Shard] | Claim[Preparation], work: object, context: WorkerContext | None = None
) -> None:
    """Do a piece of work; a failure of the hub counts like a death, and is tried again."""
    assert callable(work)  # noqa: S101 - for the type checker
    try:
        work()
    except Exception as error:  # a worker's outermost loop
        log.exception("work_failed work=%s", held.work)
        if context is not None:
            context.end_warm_sandbox()
        _count_failure(held, error)


def _count_failure(held: Claim[Shard] | Claim[Preparation], error: Exception) -> None:
    reason = getattr(error, "code", "") and str(error)
    sentence = (
        reason or "A fault of the hub ended this work; it was logged. Report it to the staff."
    )
    with transaction.atomic():
        if isinstance(held.work, Shard):
            # Runs are locked before their shards; see `valhub.jobs.services`.
            locked(Run.objects).get(pk=held.work.run_id)
        row = held.held().first()
        if row is None or count_death(row):
            return
        if isinstance(row, Shard):
            give_up_shard(row, sentence)
        else:
            fail_preparation(row, sentence)
