"""Deleting an analysis with everything that was submitted to it, for good.

It becomes a draft first, so that nobody sees half of it. Then its submissions go, one at a time,
each one's archive before its rows; its own rows go last. Killed at any line, a second try does the
rest. The sweeper removes the packages, which no row names any more.
"""

from django.db import transaction
from django.db.models import ProtectedError

from valhub.accounts.services.auditing import record_act
from valhub.analyses.models import Analysis, AnalysisState
from valhub.cloud.storage import delete_file
from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import Conflict
from valhub.jobs.models import ACTIVE, Submission
from valhub.jobs.services.submission_changes import StillRunning


def delete_analysis(analysis: Analysis, *, by: str) -> int:
    """Delete an analysis that is closed or a draft, its versions, boards and submissions.

    Parameters
    ----------
    by : str
        Who does it, as the audit log names people.

    Returns
    -------
    int
        How many submissions were deleted with it.

    Raises
    ------
    Conflict
        It is published, or something of it is still being evaluated.
    """
    _hide(analysis)
    count = 0
    for submission in Submission.objects.filter(analysis=analysis).iterator():
        delete_file(submission.algorithm)
        _delete_submission(submission)
        count += 1
    _delete_rows(analysis, by=by, submissions=count)
    return count


def _hide(analysis: Analysis) -> None:
    before = Analysis.objects.filter(pk=analysis.pk).exclude(state=AnalysisState.PUBLISHED)
    if not before.update(state=AnalysisState.DRAFT):
        raise Conflict(f"Analysis {analysis.pk} is published. Close it first.", code="not-closed")
    if Submission.objects.filter(analysis=analysis, status__in=ACTIVE).exists():
        raise StillRunning(
            f"Submissions to analysis {analysis.pk} are still being evaluated. Cancel them first."
        )


@again_after_deadlock
def _delete_submission(submission: Submission) -> None:
    with transaction.atomic():
        submission.delete()


@again_after_deadlock
def _delete_rows(analysis: Analysis, *, by: str, submissions: int) -> None:
    """Delete the analysis itself, unless something was submitted meanwhile."""
    details = {"name": analysis.analysis_name, "submissions": submissions}
    try:
        with transaction.atomic():
            record_act(by, "delete analysis", analysis, **details)
            Analysis.objects.filter(pk=analysis.pk).update(current_version=None)
            Analysis.objects.get(pk=analysis.pk).delete()
    except ProtectedError:
        raise StillRunning(
            f"Something was submitted to analysis {analysis.pk} meanwhile. Delete it again."
        ) from None
