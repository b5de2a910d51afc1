"""How many workers each account has, and who has none although its work is ready.

Turns are fair between pieces of work, but say nothing of their length: files that take hours would
keep every worker for one account. So an account that has none goes before those that have one, and
an account that has several gives one back when another waits for its first.
"""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet

from valhub.jobs.clock import ago
from valhub.jobs.models import Preparation, Run, Shard, Status, Work
from valhub.jobs.services.leasing import Claim

# An idle worker polls more often than this.
PATIENCE = timedelta(seconds=1)
# More runs than this wait only for workers, and those ahead of the others are enough.
_CONSIDERED = 50
_ACCOUNT = "run__submission__created_by"


def workers_by_account(*, besides: str = "") -> Counter[UUID]:
    """Count the workers that run an account's shards, or prepare its analyses' data.

    Parameters
    ----------
    besides : str, optional
        A worker that is free now, whatever it may still seem to hold.
    """
    shards = Shard.objects.filter(state=Work.LEASED).exclude(owner=besides).order_by()
    data = Preparation.objects.filter(state=Work.LEASED).exclude(owner=besides).order_by()
    return Counter(
        [
            *shards.values_list(_ACCOUNT, flat=True),
            *data.values_list("version__analysis__creator", flat=True),
        ]
    )


def runs_without_a_worker(served: Counter[UUID]) -> list[int]:
    """Name the admitted runs of accounts that have no worker, in the order of their turns."""
    going_on = (Status.SUBMITTED, Status.RUNNING)
    runs = Run.objects.filter(status__in=going_on, admitted=True)
    others = runs.exclude(submission__created_by__in=list(served))
    return list(others.order_by("turn", "id").values_list("pk", flat=True)[:_CONSIDERED])


def gives_way(claim: Claim[Shard], queue: QuerySet[Shard]) -> bool:
    """Whether a worker is to leave its file to run again later.

    It is when the run's place was given to another's, or when an account without any worker waits.

    For the latter, one worker of the account that has most of them gives way, and never its only
    one: the one that was begun last, with the least to lose. The others go on, so that nobody is
    kept from getting anywhere.

    Parameters
    ----------
    queue : QuerySet
        The shards that this worker may work on.
    """
    if not claim.held().exists():
        return True
    served = workers_by_account()
    account = claim.work.run.submission.created_by_id
    if served[account] < 2 or served[account] < max(served.values()):
        return False
    ready = queue.filter(state=Work.QUEUED, queued_at__lt=ago(PATIENCE))
    if not ready.filter(run__in=runs_without_a_worker(served)).exists():
        return False
    mine = Shard.objects.filter(state=Work.LEASED, **{_ACCOUNT: account})
    return mine.order_by("-progressed_at", "-pk").values_list("pk", flat=True).first() == (
        claim.work.pk
    )
