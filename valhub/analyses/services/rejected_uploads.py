"""How often an account may send what the hub reads and then rejects.

Reading an upload costs the hub minutes of a processor. One that is rejected, also because it was
stored before, counts against no quota of submissions. Uploads that are being read at the same
moment count once they are rejected; the places for readers limit how many those can be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from valhub.accounts.models import Account, RejectedUpload
from valhub.errors import Conflict, TooLarge, TooMany, UnsupportedType
from valhub.evaluation.packages.faults import InvalidPackage

WINDOW = timedelta(hours=1)


@contextmanager
def rejections_counted(account: Account) -> Iterator[None]:
    """Count the upload that the block reads against its account if the block rejects it.

    Raises
    ------
    TooMany
        When `QUOTA_REJECTED` of the account's uploads were rejected within `WINDOW`; then the block
        does not begin.
    """
    check_rejections(account)
    try:
        yield
    except (InvalidPackage, TooLarge, UnsupportedType, Conflict):
        RejectedUpload.objects.create(account=account)
        raise


def delete_old_rejections() -> int:
    """Delete the rejections that no longer count; return how many those were."""
    return RejectedUpload.objects.filter(at__lt=timezone.now() - WINDOW).delete()[0]


def check_rejections(account: Account) -> None:
    """Refuse an account whose last uploads were rejected; raises `TooMany`."""
    most = settings.QUOTA_REJECTED
    latest = list(_counted(account).order_by("-at").values_list("at", flat=True)[:most])
    if len(latest) < most:
        return
    left = latest[-1] + WINDOW - timezone.now() if latest else WINDOW
    raise TooMany(
        f"At most {most} of your uploads may be rejected within an hour. Check the next one with "
        f"`valhub check` while you wait, then send it again.",
        code="too-many-rejected-uploads",
        retry_after_s=max(1, min(int(left.total_seconds()) + 1, int(WINDOW.total_seconds()))),
    )


def _counted(account: Account) -> QuerySet[RejectedUpload]:
    # A clock that was set back must not keep anybody out for longer than the window.
    now = timezone.now()
    return RejectedUpload.objects.filter(account=account, at__range=(now - WINDOW, now + WINDOW))
