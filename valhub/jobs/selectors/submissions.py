"""Submissions, as far as the reader may see them."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from valhub.accounts.models import Account
from valhub.errors import NotFound
from valhub.jobs.models import Submission


def submissions_visible_to(account: Account | AnonymousUser) -> QuerySet[Submission]:
    """Staff see all; a participant their own; an organiser those of their analyses."""
    if not isinstance(account, Account):
        return Submission.objects.none()
    if account.is_staff:
        return Submission.objects.all()
    return Submission.objects.filter(Q(created_by=account) | Q(analysis__creator=account))


def find_submission(pk: UUID, *, visible_to: Account | AnonymousUser) -> Submission:
    """Find one submission; raises `NotFound`."""
    found = submissions_visible_to(visible_to).filter(pk=pk).first()
    if found is None:
        raise _no_such_submission()
    return found


def own_submission(pk: UUID, *, account: Account | AnonymousUser) -> Submission:
    """Find a submission to change, as its author or staff; raises `NotFound`."""
    found = find_submission(pk, visible_to=account)
    if isinstance(account, Account) and (account.is_staff or found.created_by_id == account.pk):
        return found
    raise _no_such_submission()


def _no_such_submission() -> NotFound:
    return NotFound(
        "There is no such submission, or you are not allowed to see it.", code="no-such-submission"
    )
