"""How runs end, with results that are written down without a sandbox."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone

from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import ENDED, FileResult, Preparation, Run, Shard, Status, Work
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.preparations import fail_preparation
from valhub.jobs.services.queueing import admit_runs, mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import MOST_REASON_CHARACTERS, cancel_run, fail_run
from valhub.jobs.services.submission_changes import archive_submission, rerun_submission
from valhub.jobs.sweeper import sweep_once
from valhub.leaderboards.models import Board, Entry, Score

pytestmark = pytest.mark.django_db(transaction=True)
PRIMARY = "mean_absolute_error_azimuth"


def claim_next():
    return claim(Shard.objects.order_by("turn", "id"), "one")


def record(held, error=1.0, verdict=Verdict.SCORED):
    """Write down a result for every file of a shard."""
    for file in FileResult.file.field.related_model.objects.filter(pk__in=held.work.files):
        metrics = {"absolute_error_azimuth": error, "runtime": 0.1}
        good = verdict is Verdict.SCORED
        result = FileOutcome(
            file.name, verdict, "" if good else "It broke.", metrics if good else {}
        )
        record_file_result(held, file.pk, result)


@pytest.fixture
def started(submit, tiny_version):
    """Submits, and lets the run start."""
    Preparation.objects.update(state=Work.DONE)

    def start(**options):
        run = submit(**options).runs.get()
        admit_runs(tiny_version.analysis_id)
        mark_started(run, timezone.now())
        return run

    return start


def finish(run, **result):
    """Do all shards of a run as a worker does."""
    while (held := claim_next()) is not None:
        record(held, **result)
        finish_shard(held)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    return run


def test_the_last_shard_finishes_the_run(started):
    run = finish(started(), error=3.0)
    assert (run.status, run.verdict, run.coverage) == (Status.FINISHED, "scored", 1.0)
    assert run.aggregates[PRIMARY]["value"] == 3.0
    assert run.submission.status == Status.FINISHED


def test_nothing_is_placed_before_the_last_shard(started):
    run = started()
    for _ in range(Shard.objects.count() - 1):
        held = claim_next()
        record(held)
        finish_shard(held)
    assert Run.objects.get(pk=run.pk).status == Status.RUNNING
    assert not Entry.objects.exists()


def test_two_last_shards_at_once_finish_the_run_once(started):
    run = started()
    held = [claim_next() for _ in range(Shard.objects.count())]
    for one in held[:-2]:
        record(one)
        finish_shard(one)
    for one in held[-2:]:
        record(one)

    def end(one):
        with suppress(LostLease):  # the other one was first, and ended the run
            finish_shard(one)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(end, held[-2:]))
    run.refresh_from_db()
    assert run.status == Status.FINISHED
    assert run.submission.events.filter(kind="finished").count() == 1
    assert (Entry.objects.count(), Board.objects.get().number) == (1, 1)


def test_a_run_whose_last_worker_died_before_the_end_is_finished(started):
    run = started()
    while (held := claim_next()) is not None:
        record(held)
        held.end()
    sweep_once()
    run.refresh_from_db()
    assert (run.status, Entry.objects.count()) == (Status.FINISHED, 1)


def test_a_result_is_written_once(started):
    started()
    held = claim_next()
    record(held, error=1.0)
    record(held, error=2.0)
    assert [one.metrics["absolute_error_azimuth"] for one in FileResult.objects.all()] == [1.0]


def test_a_run_without_any_score_fails_by_its_own_fault(started):
    run = finish(started(), verdict=Verdict.ERROR)
    assert (run.submission.status, run.submission.our_fault) == (Status.FAILED, False)
    assert "It broke." in run.submission.reason
    assert not Entry.objects.exists()


@pytest.mark.parametrize("verdict", [Verdict.INTERNAL_ERROR, Verdict.ORGANISER_ERROR])
def test_a_run_that_failed_for_others_is_not_its_authors_fault(started, verdict):
    assert finish(started(), verdict=verdict).submission.our_fault


def test_a_cancelled_run_takes_no_more_results(started):
    run = started()
    held = claim_next()
    assert cancel_run(run)
    with pytest.raises(LostLease):
        record(held)
    with pytest.raises(LostLease):
        finish_shard(held)
    assert not FileResult.objects.exists()


def test_an_end_is_final(started):
    run = finish(started())
    assert not cancel_run(run)
    fail_run(run, "Too late.", our_fault=True)
    run.refresh_from_db()
    assert (run.status, run.reason) == (Status.FINISHED, "")


def test_a_run_ends_once_when_it_is_cancelled_and_failed_at_once(started):
    run = started()

    def end(how):
        how()
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(end, (lambda: cancel_run(run), lambda: fail_run(run, "No.", our_fault=True))))
    ends = run.submission.events.filter(kind__in=[str(status) for status in ENDED])
    assert ends.count() == 1


def test_the_better_of_two_runs_stands_on_the_board(started):
    finish(started(), error=1.0)
    finish(started(), error=5.0)
    assert Score.objects.get(column=PRIMARY).value == 1.0


def test_the_next_best_run_takes_the_place_of_an_archived_one(started):
    best = finish(started(), error=1.0)
    finish(started(), error=9.0)
    second = finish(started(), error=5.0)
    archive_submission(best.submission)
    assert Entry.objects.get().submission_id == second.submission_id
    assert Score.objects.get(column=PRIMARY).value == 5.0


def test_archiving_the_only_submission_empties_the_board(started):
    archive_submission(finish(started()).submission)
    assert not Entry.objects.exists()
    assert Board.objects.get().entries_count == 0


def test_running_again_keeps_the_entry_until_the_new_run_is_better(started):
    run = finish(started(), error=5.0)
    again = rerun_submission(run.submission)
    assert Score.objects.get(column=PRIMARY).value == 5.0
    mark_started(again, timezone.now())
    finish(again, error=1.0)
    assert Score.objects.get(column=PRIMARY).value == 1.0
    assert Entry.objects.get().run_id == again.pk


def test_reason_of_any_length_is_cut_before_it_is_stored(started):
    run = started()
    fail_run(run, "\0\ud800" + "fault " * 500_000, our_fault=False)
    run.refresh_from_db()
    run.submission.refresh_from_db()
    assert run.reason.startswith("\N{REPLACEMENT CHARACTER}?fault fault ")
    assert len(run.reason) <= MOST_REASON_CHARACTERS + 1
    assert run.submission.reason == run.reason
    assert run.submission.events.get(kind="failed").data["reason"] == run.reason


def test_faults_of_data_are_cut_before_they_are_stored(started, tiny_version):
    run = started()
    preparation = Preparation.objects.get()
    Preparation.objects.update(state=Work.LEASED)
    fail_preparation(preparation, "fault " * 500_000)
    preparation.refresh_from_db()
    run.refresh_from_db()
    assert len(preparation.reason) <= MOST_REASON_CHARACTERS + 1
    assert preparation.reason.startswith("fault fault ")
    assert len(run.reason) <= MOST_REASON_CHARACTERS + 1
    assert "fault" not in run.reason
