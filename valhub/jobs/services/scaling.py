"""How many instances work for an analysis: more while work waits, none without work.

Instances are only ever added here. One that has no work leaves by itself, so that nothing has to
guess whether it can be removed.
"""

import logging
import math
from dataclasses import dataclass

from django.conf import settings

from valhub.analyses.models import Analysis
from valhub.analyses.selectors.caps import granted_at_once
from valhub.cloud.launchers import Launcher, LauncherError
from valhub.jobs.selectors.queues import QueueState, queue_states
from valhub.jobs.services.launching import (
    ask_for_instances,
    forgo_launches,
    launch_instances,
    settle_launches,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScalingLimits:
    """What limits the number of an analysis' instances.

    Attributes
    ----------
    most : int
        Never more than these.
    workers : int
        Pieces of work that one instance does at once.
    patience_s : float
        How long work may wait before there is another instance for it.
    """

    most: int
    workers: int
    patience_s: float


def wanted(queue: QueueState, limits: ScalingLimits) -> int:
    """How many instances an analysis should have.

    One as soon as anything waits. The number doubles for every `patience_s` that the oldest piece
    of work has waited, up to one worker for each piece: short queues pass before a machine has
    started, and a long one has many machines within minutes.
    """
    if not queue.waiting:
        return 0
    useful = math.ceil((queue.waiting + queue.running) / limits.workers)
    patient = 1 << min(int(queue.oldest_s / limits.patience_s), 30)
    return min(limits.most, useful, patient)


def scale_workers(launcher: Launcher) -> None:
    """Launch what is wanted and close what has left; the sweeper does this repeatedly."""
    queues = queue_states()
    for analysis in Analysis.objects.filter(pk__in=queues):
        most = min(granted_at_once(analysis), settings.MAX_INSTANCES)
        limits = ScalingLimits(most, launcher.workers, settings.SCALE_PATIENCE_S)
        count = wanted(queues[analysis.pk], limits)
        ask_for_instances(analysis.pk, wanted=count, most=most)
    forgo_launches(pk for pk, queue in queues.items() if queue.waiting)
    launch_instances(launcher)
    try:
        settle_launches(launcher)
    except LauncherError as error:
        log.warning("instances_unknown code=%s reason=%s", error.code, error)
