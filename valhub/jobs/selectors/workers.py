"""The workers that are running now, and when other processes were last seen."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q

from valhub.jobs.clock import age_of, ago
from valhub.jobs.models import Heartbeat, Worker


@dataclass(frozen=True)
class Workers:
    """Workers whose heartbeat is fresh, and those of them that take no work."""

    alive: int
    in_trouble: int


def count_workers() -> Workers:
    """Count the workers."""
    fresh = Worker.objects.filter(heartbeat_at__gte=ago(timedelta(seconds=settings.LEASE_S)))
    counts = fresh.aggregate(alive=Count("pk"), in_trouble=Count("pk", filter=~Q(trouble="")))
    return Workers(**counts)


def seconds_since_heartbeat(process: str) -> float | None:
    """How long a kind of process has been silent; None when it was never seen."""
    found = Heartbeat.objects.filter(process=process).annotate(age=age_of("at"))
    age = found.values_list("age", flat=True).first()
    return None if age is None else max(age.total_seconds(), 0.0)
