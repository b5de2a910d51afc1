"""What an account has left of its quotas, as every answer to a submission says it."""

from datetime import datetime

from ninja import Field, Schema

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.jobs.selectors.quotas import quota_left


class QuotaOut(Schema):
    """How many more runs an account may start on an analysis."""

    today: int = Field(description="Within 24 hours.")
    in_all: int = Field(description="Ever.")
    at_once: int = Field(description="At the same time.")
    in_vain: int = Field(description="That end before a hidden file is judged, within 24 hours.")
    next_at: datetime | None = Field(description="When there is room again, if there is none now.")


def quota_of(analysis: Analysis, account: Account) -> QuotaOut:
    """Count what an account has left."""
    left = quota_left(analysis, account)
    return QuotaOut(
        today=left.today,
        in_all=left.in_all,
        at_once=left.at_once,
        in_vain=left.in_vain,
        next_at=left.next_at,
    )
