"""Submissions, as far as the reader may see them."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from valhub.accounts.models import Account, folded
from valhub.analyses.models import Analysis
from valhub.errors import Invalid, NotFound
from valhub.jobs.models import Status, Submission
from valhub.texts import cut


def submissions_visible_to(account: Account | AnonymousUser) -> QuerySet[Submission]:
    """Staff see all; a participant their own; an organiser those of their analyses."""
    if not isinstance(account, Account):
        return Submission.objects.none()
    if account.is_staff:
        return Submission.objects.all()
    return Submission.objects.filter(Q(created_by=account) | Q(analysis__creator=account))


def submissions_to(
    analysis: Analysis, *, visible_to: Account | AnonymousUser, state: str = "", author: str = ""
) -> QuerySet[Submission]:
    """List the submissions to an analysis that an account may see, the newest first.

    Parameters
    ----------
    state : str
        One of `Status`; empty for all.
    author : str
        A part of the author's user name, in any case; empty for all.

    Raises
    ------
    Invalid
        There is no such state.
    """
    found = submissions_visible_to(visible_to).filter(analysis=analysis)
    if state:
        found = found.filter(status=_known_state(state))
    if author and not author.isprintable():
        # No name has such characters, and not every database could be asked for them.
        return found.none()
    if author:
        # Not every database ignores case by itself.
        named = {"created_by__username_folded__contains": folded(author)}
        found = found.filter(created_by__deleted_at=None, **named)
    return found.select_related("created_by", "analysis").order_by("-submitted_at", "-id")


def _known_state(state: str) -> Status:
    if state not in Status.values:
        known = ", ".join(Status.values)
        sentence = f'There is no state "{cut(state)}". Choose one of these: {known}.'
        raise Invalid(sentence, code="unknown-state", field="state")
    return Status(state)


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
