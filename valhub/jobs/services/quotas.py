"""How many submissions an account may hand in to an analysis.

Counted under a lock on the account's turn, so that uploads at the same moment cannot pass together.
What failed by our fault does not count.
"""

from datetime import timedelta

from django.conf import settings

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.errors import TooMany
from valhub.jobs.clock import ago
from valhub.jobs.models import ACTIVE, Submission
from valhub.jobs.services.queueing import lock_turn


class QuotaReached(TooMany):
    """The account has handed in as many algorithms as it may."""

    code = "quota-reached"


def check_quotas(*, analysis: Analysis, account: Account) -> None:
    """Raise `QuotaReached` when one more is too many; inside the transaction that creates it."""
    lock_turn(account.pk)
    counted = Submission.objects.filter(analysis=analysis, created_by=account, our_fault=False)
    today = counted.filter(submitted_at__gt=ago(timedelta(days=1)))
    running = counted.filter(status__in=ACTIVE)
    if running.count() >= settings.QUOTA_RUNNING:
        raise QuotaReached(
            f"{settings.QUOTA_RUNNING} submissions of yours are being evaluated; "
            "wait for one to end, or cancel one."
        )
    if today.count() >= settings.QUOTA_PER_DAY:
        raise QuotaReached(
            f"You have handed in {settings.QUOTA_PER_DAY} algorithms within a day; "
            "try again tomorrow."
        )
    if counted.count() >= settings.QUOTA_TOTAL:
        raise QuotaReached(
            f"You have handed in {settings.QUOTA_TOTAL} algorithms for this analysis, "
            "which is as many as there may be."
        )
