"""A run again that comes to nothing takes nothing away: the submission and the board agree."""

import pytest
from django.utils import timezone

from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import Preparation, Shard, Status, Work
from valhub.jobs.selectors.reports import latest_run
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import fail_run
from valhub.jobs.services.submission_changes import (
    archive_submission,
    cancel_submission,
    rerun_submission,
)
from valhub.leaderboards.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


def finish(run, error):
    """Do all shards of a run as a worker does."""
    mark_started(run, timezone.now())
    while (held := claim(Shard.objects.order_by("turn", "id"), "one")) is not None:
        for file in run.version.files.filter(pk__in=held.work.files):
            metrics = {"absolute_error_azimuth": error, "runtime": 0.1}
            result = FileOutcome(file.name, Verdict.SCORED, "", metrics)
            record_file_result(held, file.pk, result)
        finish_shard(held)


@pytest.fixture
def finished(submit, tiny_version):
    """A submission with a result."""
    Preparation.objects.update(state=Work.DONE)
    submission = submit()
    finish(submission.runs.get(), error=5.0)
    submission.refresh_from_db()
    return submission


def cancel(submission, _again):
    cancel_submission(submission)


def fail(_submission, again):
    fail_run(again, "The worker burned down.", our_fault=True)


@pytest.mark.parametrize(
    ("end", "why"), [(cancel, "cancelled. Cancelled by its author."), (fail, "failed. The worker")]
)
def test_a_run_without_scores_leaves_the_earlier_result(finished, end, why):
    before = finished.result
    again = rerun_submission(finished)
    end(finished, again)
    finished.refresh_from_db()
    assert (finished.status, finished.result) == (Status.FINISHED, before)
    assert finished.reason.startswith(f"The result is that of run 1; run 2 ended as {why}")
    assert not finished.our_fault
    assert latest_run(finished).number == 1
    assert Entry.objects.get().run_id == finished.runs.get(number=1).pk


def test_while_it_runs_again_the_new_run_is_what_people_follow(finished):
    rerun_submission(finished)
    finished.refresh_from_db()
    assert (finished.status, finished.result) == (Status.SUBMITTED, None)
    assert latest_run(finished).number == 2


def test_what_never_finished_is_cancelled_or_failed(submit, tiny_version):
    submission = submit()
    fail_run(submission.runs.get(), "The worker burned down.", our_fault=True)
    again = rerun_submission(submission)
    cancel_submission(submission)
    submission.refresh_from_db()
    assert (submission.status, again.number) == (Status.CANCELLED, 2)
    assert submission.reason == "Cancelled by its author."


def test_running_an_archived_submission_again_puts_its_entry_back(finished):
    archive_submission(finished)
    assert not Entry.objects.exists()
    rerun_submission(finished)
    cancel_submission(finished)
    finished.refresh_from_db()
    assert (finished.status, finished.archived) == (Status.FINISHED, False)
    assert Entry.objects.get().submission_id == finished.pk
