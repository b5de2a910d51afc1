"""How a submission is doing, for its author: its run and its events."""

from django.db.models import QuerySet

from valhub.accounts.models import Account
from valhub.jobs.models import Event, Run, Status, Submission
from valhub.jobs.selectors.submissions import submissions_visible_to


def submissions_of(account: Account) -> QuerySet[Submission]:
    """An account's own submissions, the newest first."""
    own = submissions_visible_to(account).filter(created_by=account, archived=False)
    return own.select_related("analysis").order_by("-submitted_at", "-id")


def latest_run(submission: Submission) -> Run | None:
    """The run whose state a submission has; None before there is one.

    That is the newest, but not when it ended without a result, or released none, and an earlier one
    has one.
    """
    runs = submission.runs.select_related("version__analysis")
    if submission.status != Status.FINISHED:
        return runs.order_by("-number").first()
    return runs.filter(status=Status.FINISHED).order_by("-released", "-number").first()


def last_events(submission: Submission, limit: int) -> list[Event]:
    """The newest events, newest first."""
    return list(submission.events.order_by("-number")[:limit])
