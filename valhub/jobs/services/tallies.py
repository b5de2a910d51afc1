"""Tallies: how runs end and how long they take, and how often a lease is lost.

They are for monitoring, so they are counted after the transaction that they report: nothing waits
for a tally, nothing fails with one, and a crash just then loses a count but never a result.
"""

from django.db.models import F

from valhub.cloud.transactions import after_commit
from valhub.jobs.models import LeasedWork, Preparation, Run, Tally

LEASE_LOST = "lease_lost"
# Runs take from seconds to a day; what took longer is within the last one.
LONGEST = 2**31 - 1
WITHIN_S = (5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, LONGEST)


def count_run_end(run: Run) -> None:
    """Count the end of a run, once it is committed."""
    after_commit(_count_run_end, run.pk)


def count_lost_lease(work: LeasedWork) -> None:
    """Count work whose holder died or sent no heartbeat any more."""
    after_commit(_count_lost_lease, work)


def _count_run_end(pk: int) -> None:
    run = Run.objects.select_related("version").get(pk=pk)
    seconds = 0.0
    if run.started_at and run.finished_at:
        seconds = max(0.0, (run.finished_at - run.started_at).total_seconds())
    within_s = next(bound for bound in WITHIN_S if seconds <= bound) if run.started_at else 0
    _count(run.version.analysis_id, run.status, run.verdict, within_s, seconds)


def _count_lost_lease(work: LeasedWork) -> None:
    of = "version" if isinstance(work, Preparation) else "run__version"
    rows = type(work)._default_manager.filter(pk=work.pk)
    analysis_id = rows.values_list(f"{of}__analysis", flat=True).get()
    _count(analysis_id, LEASE_LOST, type(work)._meta.model_name or "", 0, 0.0)


def _count(analysis_id: int, what: str, kind: str, within_s: int, seconds: float) -> None:
    rows = Tally.objects.filter(analysis=analysis_id, what=what, kind=kind, within_s=within_s)
    more = {"count": F("count") + 1, "seconds": F("seconds") + seconds}
    if not rows.update(**more):
        Tally.objects.get_or_create(
            analysis_id=analysis_id, what=what, kind=kind, within_s=within_s
        )
        rows.update(**more)
