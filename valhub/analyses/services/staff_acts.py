"""What staff do with other people's analyses is in the audit log, whichever door they come by."""

from collections.abc import Callable

from django.db import transaction

from valhub.accounts.models import Account
from valhub.accounts.services.auditing import by_account, record_act
from valhub.analyses.models import Analysis
from valhub.cloud.transactions import again_after_deadlock


def change_as(by: Account, analysis: Analysis, service: Callable[[Analysis], object]) -> None:
    """Let a service change an analysis on somebody's behalf, and record it if they are staff."""
    if by.pk == analysis.creator_id:
        service(analysis)
    else:
        _change_and_record(by, analysis, service)


@again_after_deadlock
def _change_and_record(
    by: Account, analysis: Analysis, service: Callable[[Analysis], object]
) -> None:
    with transaction.atomic():
        service(analysis)
        record_as(by, analysis, service.__name__.replace("_", " "))


def record_as(by: Account, analysis: Analysis, act: str) -> None:
    """Record what somebody did with an analysis, if it is not their own."""
    if by.pk != analysis.creator_id:
        record_act(by_account(by), act, analysis)
