"""How many submissions an account may make to an analysis.

Counted under a lock on the account's turn, so that uploads at the same moment cannot pass together.
Submissions that failed through the hub's or the organiser's fault do not count.
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
    """You have reached the limit on submissions to this analysis."""

    code = "quota-reached"


def check_quotas(*, analysis: Analysis, account: Account) -> None:
    """Raise `QuotaReached` when one more is too many; inside the transaction that creates it."""
    lock_turn(account.pk)
    counted = Submission.objects.filter(analysis=analysis, created_by=account, our_fault=False)
    today = counted.filter(submitted_at__gt=ago(timedelta(days=1)))
    running = counted.filter(status__in=ACTIVE)
    if running.count() >= settings.QUOTA_RUNNING:
        raise QuotaReached(
            f"At most {settings.QUOTA_RUNNING} of your submissions to this analysis can be "
            "evaluated at once. Wait for one to end, or cancel one."
        )
    if today.count() >= settings.QUOTA_PER_DAY:
        raise QuotaReached(
            f"At most {settings.QUOTA_PER_DAY} submissions to this analysis are allowed within a "
            "day. Try again tomorrow."
        )
    if counted.count() >= settings.QUOTA_TOTAL:
        raise QuotaReached(
            f"At most {settings.QUOTA_TOTAL} submissions to this analysis are allowed, and you "
            "have used them all. Ask the staff if you need more."
        )
