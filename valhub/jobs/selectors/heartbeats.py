"""For how long each kind of process has been silent."""

import math
from collections.abc import Mapping

from django.conf import settings

from valhub.jobs.clock import age_of
from valhub.jobs.models import Heartbeat
from valhub.jobs.selectors.builds import BuildQueue, build_queue
from valhub.jobs.selectors.queues import QueueState, queue_states
from valhub.jobs.services.heartbeats import BUILDER, PROCESSES, SCALER, SWEEPER, WORKER

# Much work or a busy database makes a pass of a loop long.
SILENT_AFTER_S = 60.0


def silent_seconds() -> Mapping[str, float]:
    """Read for how long each kind of process that this hub has or needs has been silent.

    Returns
    -------
    mapping of str to float
        Seconds by kind. Infinite for one that the hub needs and that does not run. Kinds that ended
        in order and that nothing needs are left out, and so are those that come only with work: one
        that was killed when it had nothing to do is not missed.
    """
    rows = Heartbeat.objects.annotate(age=age_of("at")).values_list("process", "age")
    ages = {kind: max(age.total_seconds(), 0.0) for kind, age in rows}
    needed = {SWEEPER, SCALER} if settings.LAUNCHER else {SWEEPER}
    idle = set()
    for kind, work in _kinds_with_work().items():
        if not work.running and not work.waiting:
            idle.add(kind)
        elif kind == BUILDER and work.oldest_s > SILENT_AFTER_S:
            # Workers start builders within seconds.
            needed.add(kind)
    found = {kind: ages.get(kind, math.inf if kind in needed else None) for kind in PROCESSES}
    return {
        kind: silent_s
        for kind, silent_s in found.items()
        if silent_s is not None and not (kind in idle and silent_s > SILENT_AFTER_S)
    }


def _kinds_with_work() -> Mapping[str, BuildQueue | QueueState]:
    """The work of the kinds of process that are started for it, and leave when there is none."""
    kinds: dict[str, BuildQueue | QueueState] = {BUILDER: build_queue()}
    if settings.LAUNCHER:
        kinds[WORKER] = sum(queue_states().values(), start=QueueState(0, 0, 0.0))
    return kinds


def process_states() -> Mapping[str, str]:
    """Say of each kind of process that this hub has or needs whether it is well."""
    return {kind: _state(kind, silent_s) for kind, silent_s in silent_seconds().items()}


def _state(kind: str, silent_s: float) -> str:
    if math.isinf(silent_s):
        return "not running"
    pauses_ms = {SWEEPER: settings.SWEEP_MS, SCALER: settings.SCALE_MS}
    limit_s = max(SILENT_AFTER_S, 5 * pauses_ms.get(kind, 0) / 1000)
    return "ok" if silent_s <= limit_s else f"silent for {silent_s:.0f} s"
