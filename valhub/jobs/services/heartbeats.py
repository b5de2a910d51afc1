"""Signs of life of processes that take no work: one row for each kind, on the database's clock."""

from django.db.models.functions import Now

from valhub.jobs.models import Heartbeat

SWEEPER = "sweeper"


def record_heartbeat(process: str) -> None:
    """Record that a process of this kind is alive."""
    if not Heartbeat.objects.filter(process=process).update(at=Now()):
        Heartbeat.objects.get_or_create(process=process)
