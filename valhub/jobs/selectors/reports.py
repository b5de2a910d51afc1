"""How a submission is doing, for its author: its run, its files, its events."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from valhub.accounts.models import Account
from valhub.evaluation.results import Verdict
from valhub.jobs.models import Event, FileResult, Run, Status, Submission
from valhub.jobs.selectors.submissions import submissions_visible_to


@dataclass(frozen=True)
class Progress:
    """How far a run is, in files."""

    done: int
    failed: int
    files: int


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


def file_results_of(run: Run) -> QuerySet[FileResult]:
    """A run's results so far, in the order of the version's files."""
    return run.file_results.select_related("file").order_by("file__ordinal")


def progress_of(run: Run) -> Progress:
    """Count a run's files."""
    counts = run.file_results.aggregate(
        done=Count("pk"), failed=Count("pk", filter=~Q(verdict=Verdict.SCORED))
    )
    return Progress(counts["done"], counts["failed"], run.version.files.count())


def last_events(submission: Submission, limit: int) -> list[Event]:
    """The newest events, newest first."""
    return list(submission.events.order_by("-number")[:limit])
