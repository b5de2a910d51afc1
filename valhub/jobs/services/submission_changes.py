"""What authors can do with their submissions: cancel, rename and archive them, run them again."""

from django.db import transaction
from django.db.models import QuerySet

from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import Conflict
from valhub.jobs.models import ENDED, Run, Status, Submission
from valhub.jobs.services.board_entries import (
    remove_from_board,
    rename_on_board,
    restore_to_board,
)
from valhub.jobs.services.events import record_event
from valhub.jobs.services.new_submissions import checked_name
from valhub.jobs.services.open_analyses import check_open
from valhub.jobs.services.queueing import admit_after_commit, queue_run
from valhub.jobs.services.quotas import check_quotas
from valhub.jobs.services.run_ends import cancel_run


class StillRunning(Conflict):
    """The submission is still being evaluated. Wait until it has ended, or cancel it first."""

    code = "still-running"


class AlreadyEnded(Conflict):
    """The submission has already ended, so there is nothing to cancel."""

    code = "already-ended"


@again_after_deadlock
def cancel_submission(submission: Submission, *, by: str = "its author") -> None:
    """End a submission early; raises `AlreadyEnded`."""
    reason = f"Cancelled by {by}."
    with transaction.atomic():
        run = submission.runs.order_by("-number").first()
        if run is not None:
            if not cancel_run(run, reason):
                raise AlreadyEnded
            return
        waiting = Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING)
        if not waiting.update(status=Status.CANCELLED, reason=reason):
            raise AlreadyEnded
        record_event(submission.pk, "cancelled")


@again_after_deadlock
def rerun_submission(submission: Submission, *, within_quotas: bool = True) -> Run:
    """Evaluate a submission once more, on the analysis' current version.

    An administrator may do so beyond its author's quotas; the run counts all the same.
    """
    version = check_open(submission.analysis)
    with transaction.atomic():
        if within_quotas:
            check_quotas(analysis=submission.analysis, account=submission.created_by)
        ended = Submission.objects.filter(pk=submission.pk, status__in=ENDED)
        fresh = {"status": Status.SUBMITTED, "reason": "", "our_fault": False}
        if not ended.update(**fresh, result=None, private_result=None):
            raise StillRunning
        number = submission.runs.count() + 1
        run = queue_run(submission, version, number)
        record_event(submission.pk, "submitted", run=number)
        _unarchive(submission)
        admit_after_commit(submission.analysis_id)
    return run


@again_after_deadlock
def rename_submission(submission: Submission, display_name: str) -> None:
    """Give a submission another name, on boards too; raises `Invalid`."""
    name = checked_name(display_name)
    with transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(display_name=name)
        for run in _finished_runs(submission):
            rename_on_board(run, name)


@again_after_deadlock
def restore_submission(submission: Submission) -> None:
    """Undo the archiving of a submission."""
    with transaction.atomic():
        _unarchive(submission)


@again_after_deadlock
def archive_submission(submission: Submission) -> None:
    """Archive a submission: it leaves lists and boards, its record stays."""
    with transaction.atomic():
        if not Submission.objects.filter(pk=submission.pk, status__in=ENDED).update(archived=True):
            raise StillRunning
        for run in _finished_runs(submission):
            remove_from_board(run)
        record_event(submission.pk, "archived")


def _unarchive(submission: Submission) -> None:
    """Undo the archiving of a submission, if it was archived; inside a transaction."""
    if Submission.objects.filter(pk=submission.pk, archived=True).update(archived=False):
        for run in _finished_runs(submission):
            restore_to_board(run)


def _finished_runs(submission: Submission) -> QuerySet[Run]:
    """Runs that may be on boards, in the order in which boards are locked everywhere."""
    finished = submission.runs.filter(status=Status.FINISHED, released=True)
    return finished.select_related("version").order_by("version_id", "number")
