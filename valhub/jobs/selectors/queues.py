"""How much work waits for each analysis' workers, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now

from valhub.jobs.models import Build, Preparation, Shard, Work
from valhub.jobs.services.leasing import expired


@dataclass(frozen=True)
class QueueState:
    """The work of one analysis.

    Attributes
    ----------
    waiting : int
        Pieces of work that a worker may claim now.
    running : int
        Those that workers hold.
    oldest_s : float
        How long the first of those waiting has waited.
    """

    waiting: int
    running: int
    oldest_s: float

    def __add__(self, other: "QueueState") -> "QueueState":
        return QueueState(
            self.waiting + other.waiting,
            self.running + other.running,
            max(self.oldest_s, other.oldest_s),
        )


def queue_states() -> Mapping[int, QueueState]:
    """Read the queues of all analyses that have something to do, by analysis."""
    states: dict[int, QueueState] = {}
    for queue, analysis in (
        (Shard.objects.all(), "run__version__analysis"),
        (Preparation.objects.all(), "version__analysis"),
    ):
        for pk, state in _read(queue, analysis):
            states[pk] = states[pk] + state if pk in states else state
    return states


def overdue_leases() -> int:
    """Count the pieces of work whose lease has ended and which nobody has queued again."""
    return sum(expired(queue).count() for queue in (Shard, Preparation, Build))


def _read(queue: QuerySet[Any], analysis: str) -> list[tuple[int, QueueState]]:
    waits = Q(state=Work.QUEUED)
    rows = (
        queue.filter(state__in=(Work.QUEUED, Work.LEASED))
        .order_by()
        .values_list(analysis)
        .annotate(
            waiting=Count("pk", filter=waits),
            running=Count("pk", filter=~waits),
            age=Now() - Min("queued_at", filter=waits),
        )
    )
    return [
        (pk, QueueState(waiting, running, max(0.0, (age or timedelta()).total_seconds())))
        for pk, waiting, running, age in rows
    ]
