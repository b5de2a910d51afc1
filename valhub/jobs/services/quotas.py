"""Refusing a run beyond an account's quotas for an analysis.

Counted under a lock on the account's turn, so that uploads at the same moment cannot pass together.
`selectors.quotas` says what counts.
"""

from django.conf import settings
from django.db import transaction

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import TooMany
from valhub.jobs.selectors.quotas import DAY, QuotaLeft, quota_left
from valhub.jobs.services.queueing import lock_turn


class QuotaReached(TooMany):
    """You have reached the limit on submissions to this analysis."""

    code = "quota-reached"


def check_quotas(*, analysis: Analysis, account: Account) -> None:
    """Raise `QuotaReached` when one more is too many; inside the transaction that creates it."""
    lock_turn(account.pk)
    left = quota_left(analysis, account)
    if not left.in_all:
        raise QuotaReached(
            f"At most {settings.QUOTA_TOTAL} submissions to this analysis are allowed, and you "
            "have used them all. Ask the staff if you need more.",
            retry_after_s=int(DAY.total_seconds()),
        )
    if not left.everywhere:
        raise QuotaReached(
            f"At most {settings.QUOTA_ACCOUNT_PER_DAY} of your submissions to all analyses "
            f"together are allowed within a day, reruns included. {_next_words(left)}",
            retry_after_s=left.wait_s or None,
        )
    if not left.today:
        raise QuotaReached(
            f"At most {settings.QUOTA_PER_DAY} submissions to this analysis are allowed within a "
            f"day, reruns included. {_next_words(left)}",
            retry_after_s=left.wait_s or None,
        )
    if not left.in_vain:
        raise QuotaReached(
            f"Within a day, {settings.QUOTA_IN_VAIN} of your submissions to this analysis ended "
            f"before a hidden file was judged, and no more are allowed. {_next_words(left)} Try "
            "your algorithm with `valhub run` first.",
            retry_after_s=left.wait_s or None,
        )
    if not left.at_once:
        raise QuotaReached(
            f"At most {settings.QUOTA_RUNNING} of your submissions to this analysis can be "
            "evaluated at once. Wait for one to end, or cancel one."
        )


@again_after_deadlock
def look_at_quotas(analysis: Analysis, account: Account) -> None:
    """Refuse what the quotas do not allow before it is read, which costs far more than a look."""
    with transaction.atomic():
        check_quotas(analysis=analysis, account=account)


def _next_words(left: QuotaLeft) -> str:
    if left.next_at is None:
        return "Try again in a minute."
    return f"The next one is possible at {left.next_at:%H:%M UTC on %d %b %Y}."
