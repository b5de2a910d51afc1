"""Signs of life of each kind of process: one row for each kind, on the database's clock.

A process that ends in order deletes its kind's row, and others of its kind write it again within
seconds: so a row that grows old is that of a process that was killed or is stuck.
"""

from datetime import timedelta

from django.db.models.functions import Now

from valhub.jobs.clock import ago
from valhub.jobs.models import Heartbeat

SUPERVISOR = "supervisor"
WEB = "web"
EVENTS = "events"
WORKER = "worker"
BUILDER = "builder"
SWEEPER = "sweeper"
SCALER = "scaler"
PROCESSES = (SUPERVISOR, WEB, EVENTS, WORKER, BUILDER, SWEEPER, SCALER)

# A hundred workers share one row, and one of them writes it once in this time.
_NEW = timedelta(seconds=1)
_MISSED = timedelta(days=7)


def record_heartbeat(process: str) -> None:
    """Record that a process of this kind is alive."""
    rows = Heartbeat.objects.filter(process=process)
    if not rows.filter(at__lt=ago(_NEW)).update(at=Now()):
        Heartbeat.objects.get_or_create(process=process)


def delete_old_heartbeats() -> None:
    """Forget kinds of process that were killed so long ago that nobody wants them back."""
    Heartbeat.objects.filter(at__lt=ago(_MISSED)).delete()


def forget_heartbeat(process: str) -> None:
    """Record that a process of this kind ends in order."""
    Heartbeat.objects.filter(process=process).delete()
