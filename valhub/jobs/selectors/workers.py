"""The workers that are running now."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q

from valhub.jobs.clock import ago
from valhub.jobs.models import Worker


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
