"""What an account has used of its quotas for an analysis, and what is left.

Runs are counted, not submissions: a rerun shows results as the first run does. A run counts while
it is active, and for good once a file that is not public was judged in it, whoever ended it. A run
that ended before that showed nothing of hidden files; such runs have a quota of their own, which
keeps anybody from filling disks and machines with them.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import Coalesce

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.jobs.clock import age_of, ago
from valhub.jobs.models import ACTIVE, Status, Submission

DAY = timedelta(days=1)
# A submission that is being stored has no run yet; of one that ended by the hub's fault none goes
# on, whatever its row says.
_COUNTS = (
    Q(runs__counted=True)
    | Q(runs__status__in=ACTIVE, our_fault=False)
    | Q(runs=None, status=Status.SUBMITTING)
)


@dataclass(frozen=True)
class QuotaLeft:
    """How many more runs an account may start.

    Attributes
    ----------
    today, in_all : int
        Of those that count, within 24 hours and ever.
    at_once : int
        How many more may be evaluated at the same time.
    in_vain : int
        Of those that end before a hidden file is judged, within 24 hours.
    everywhere : int
        To all analyses together, within 24 hours, whatever becomes of them.
    next_at : datetime or None
        When the quotas of 24 hours have room again, at the latest, on the database's
        clock; None if they have.
    wait_s : int
        Seconds until then.
    """

    today: int
    in_all: int
    at_once: int
    in_vain: int
    everywhere: int
    next_at: datetime | None = None
    wait_s: int = 0


def quota_left(analysis: Analysis, account: Account) -> QuotaLeft:
    """Count what is left; it stays so only under the lock that `check_quotas` takes."""
    runs = _runs(account).filter(analysis=analysis)
    recent = Q(begun__gt=ago(DAY))
    everywhere = _runs(account).filter(recent)
    used = runs.aggregate(
        today=Count("pk", filter=recent & Q(counts=True)),
        in_all=Count("pk", filter=Q(counts=True)),
        at_once=Count("pk", filter=Q(status__in=ACTIVE), distinct=True),
        in_vain=Count("pk", filter=recent & Q(counts=False)),
    )
    quotas = {True: ("today", settings.QUOTA_PER_DAY), False: ("in_vain", settings.QUOTA_IN_VAIN)}
    waits = [
        _next(runs.filter(recent, counts=counts), used[name] - quota)
        for counts, (name, quota) in quotas.items()
        if used[name] >= quota
    ]
    above = everywhere.count() - settings.QUOTA_ACCOUNT_PER_DAY
    if above >= 0:
        waits.append(_next(everywhere, above))
    next_at, wait_s = max(waits, default=(None, 0), key=lambda wait: wait[1])
    in_all = max(0, settings.QUOTA_TOTAL - used["in_all"])
    return QuotaLeft(
        today=min(in_all, max(0, settings.QUOTA_PER_DAY - used["today"]), max(0, -above)),
        in_all=in_all,
        at_once=max(0, settings.QUOTA_RUNNING - used["at_once"]),
        in_vain=max(0, settings.QUOTA_IN_VAIN - used["in_vain"]),
        everywhere=max(0, -above),
        next_at=next_at,
        wait_s=wait_s,
    )


# Types do not know annotated columns once a function has returned them.
def _runs(account: Account) -> Any:
    """An account's submissions, each as often as it has runs."""
    submissions = Submission.objects.filter(created_by=account)
    return submissions.annotate(
        begun=Coalesce("runs__created_at", "submitted_at"),
        counts=Case(When(_COUNTS, then=Value(value=True)), default=Value(value=False)),
    )


def _next(runs: Any, above: int) -> tuple[datetime | None, int]:
    """When so many and one more of some runs are a day old, and in how many seconds."""
    rows = runs.order_by("begun").annotate(age=age_of("begun")).values_list("begun", "age")
    for begun, age in rows[above : above + 1]:
        return begun + DAY, max(1, math.ceil((DAY - age).total_seconds()))
    return None, 0  # It became a day old just now.
