"""The instances that exist or should, and whether an analysis waits for its first one."""

from dataclasses import dataclass

from django.db.models import Count, Q

from valhub.jobs.models import Launch


@dataclass(frozen=True)
class Launches:
    """Instances that were launched, and those that could not be so far."""

    running: int
    refused: int


def count_launches() -> Launches:
    """Count those that have not ended."""
    launched = ~Q(instance_id="")
    counts = Launch.objects.filter(ended_at=None).aggregate(
        running=Count("pk", filter=launched),
        refused=Count("pk", filter=~launched & ~Q(trouble="")),
    )
    return Launches(**counts)


def lacks_instances(analysis_id: int) -> bool:
    """Whether an analysis has no instance because none could be launched."""
    live = Launch.objects.filter(analysis=analysis_id, ended_at=None)
    if live.exclude(instance_id="").exists():
        return False
    return live.exclude(trouble="").exists()
