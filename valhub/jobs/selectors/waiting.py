"""Why a run waits: the one place that says so, for pages, both APIs and the administrator."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from valhub.jobs.clock import ago
from valhub.jobs.models import Run, Status, Work, Worker
from valhub.jobs.selectors.builds import build_words
from valhub.texts import cut

NO_WORKER = "No worker is running, so it waits until the hub's administrators start one."
_LONGEST = 300


def waiting_words(run: Run) -> str:
    """Say in a sentence what a run waits for; empty when it has begun, or only waits its turn."""
    if run.status not in (Status.SUBMITTED, Status.RUNNING):
        return ""
    if run.shards.filter(state=Work.LEASED).exists():
        return ""  # It goes on, if not everywhere.
    return build_words(run) or worker_words()


def worker_words() -> str:
    """Say why no worker takes any work; empty when one does.

    With a launcher, workers come with the work, and the launches say what keeps them.
    """
    fresh = Worker.objects.filter(heartbeat_at__gte=ago(timedelta(seconds=settings.LEASE_S)))
    if fresh.filter(Q(trouble="")).exists():
        return ""
    trouble = fresh.order_by("-heartbeat_at", "pk").values_list("trouble", flat=True).first()
    if trouble is None:
        return "" if settings.LAUNCHER else NO_WORKER
    return (
        f"No worker can take it, which the hub's administrators can fix: {cut(trouble, _LONGEST)}"
    )
