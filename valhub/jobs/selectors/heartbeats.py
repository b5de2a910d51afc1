"""For how long each kind of process has been silent."""

import math
from collections.abc import Mapping

from django.conf import settings

from valhub.jobs.clock import age_of
from valhub.jobs.models import Heartbeat
from valhub.jobs.selectors.builds import build_queue
from valhub.jobs.services.heartbeats import BUILDER, PROCESSES, SCALER, SWEEPER

# Much work or a busy database makes a pass of a loop long.
SILENT_AFTER_S = 60.0


def silent_seconds() -> Mapping[str, float]:
    """Read for how long each kind of process that this hub has or needs has been silent.

    Returns
    -------
    mapping of str to float
        Seconds by kind. Infinite for one that the hub needs and that does not run. Kinds that ended
        in order and that nothing needs are left out, and so are builders that were killed with
        nothing to do: they come only with work.
    """
    rows = Heartbeat.objects.annotate(age=age_of("at")).values_list("process", "age")
    ages = {kind: max(age.total_seconds(), 0.0) for kind, age in rows}
    needed = {SWEEPER, SCALER} if settings.LAUNCHER else {SWEEPER}
    builds = build_queue()
    if builds.oldest_s > SILENT_AFTER_S:
        needed.add(BUILDER)  # Workers start builders within seconds.
    elif not builds.waiting and not builds.running and ages.get(BUILDER, 0.0) > SILENT_AFTER_S:
        ages.pop(BUILDER)
    found = {kind: ages.get(kind, math.inf if kind in needed else None) for kind in PROCESSES}
    return {kind: silent_s for kind, silent_s in found.items() if silent_s is not None}


def process_states() -> Mapping[str, str]:
    """Say of each kind of process that this hub has or needs whether it is well."""
    return {kind: _state(kind, silent_s) for kind, silent_s in silent_seconds().items()}


def _state(kind: str, silent_s: float) -> str:
    if math.isinf(silent_s):
        return "not running"
    pauses_ms = {SWEEPER: settings.SWEEP_MS, SCALER: settings.SCALE_MS}
    limit_s = max(SILENT_AFTER_S, 5 * pauses_ms.get(kind, 0) / 1000)
    return "ok" if silent_s <= limit_s else f"silent for {silent_s:.0f} s"
