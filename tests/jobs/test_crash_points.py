"""A process is killed before every single write it makes; whoever comes after puts it right.

A child of the test does the work and is killed -9 before its n-th write, for n = 1, 2, … until it
comes through. What a transaction has not committed is gone with it, so that these are all the
states a killed process can leave. Then time passes, the sweeper sweeps and a worker works.
"""

import multiprocessing
import os
import signal
import threading
import time
from datetime import timedelta
from itertools import count

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.db.models import F
from django.utils import timezone

from tests.jobs.final_parts import stored_version
from valhub.analyses.models import Analysis, AnalysisState
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.jobs.builder import run_builder
from valhub.jobs.machine import machine_store
from valhub.jobs.models import (
    ENDED,
    UNFINISHED,
    Build,
    Event,
    FileResult,
    Preparation,
    Run,
    Shard,
    Status,
    Submission,
    Work,
)
from valhub.jobs.services.builds import wait_for_build
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation
from valhub.jobs.services.queueing import claim_shard
from valhub.jobs.services.submission_changes import cancel_submission, rerun_submission
from valhub.jobs.sweeper import sweep_once
from valhub.jobs.worker import run_worker
from valhub.leaderboards.models import Board, Entry, RunLosses, Score
from valhub.leaderboards.services.final_parts import reveal_final_part

pytestmark = pytest.mark.django_db(transaction=True)

LATER = timedelta(hours=1)
MOST_WRITES = 200


class KillBefore:
    """Kills this process before its n-th write, or its n-th write to a table."""

    def __init__(self, number, table=""):
        self.left, self.table = number, table

    def __call__(self, execute, sql, params, many, context):
        writes = sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        if writes and self.table in sql:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)


def run_child(do, kill):
    connection.connection = None  # the parent's, which must not be closed from here
    with connection.execute_wrapper(kill):
        do()
    os._exit(0)


def came_through(number, do, table=""):
    """Do something in a child that is killed before its n-th write; whether it came to its end.

    With a table, only what is written to that one is counted.
    """
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(
        target=run_child, args=(do, KillBefore(number, table))
    )
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode == 0


def work_to_the_end():
    """Work until nothing is left to do."""
    stop = threading.Event()
    idle = threading.Thread(target=stop_when_idle, args=(stop,), daemon=True)
    idle.start()
    run_worker(stop, "worker")
    idle.join()
    # A worker leaves a heartbeat behind that is late. A fork beside it would copy the locks that it
    # holds just then, and nobody would ever open them in the child.
    for thread in threading.enumerate():
        if thread.name in ("heartbeat", "lease"):
            thread.join()


def stop_when_idle(stop):
    open_states = (Work.QUEUED, Work.LEASED)
    try:
        while any(
            one.objects.filter(state__in=open_states).exists() for one in (Preparation, Shard)
        ):
            time.sleep(0.02)
    finally:
        # Without an answer of the database's, too: a worker that nobody stops says nothing.
        connections.close_all()
        stop.set()


def let_time_pass():
    """Let every lease run out and every upload be old, then sweep."""
    for model in (Shard, Preparation, Build):
        model.objects.filter(state=Work.LEASED).update(lease_until=timezone.now() - LATER)
    waiting = Submission.objects.filter(status=Status.SUBMITTING)
    waiting.update(submitted_at=F("submitted_at") - LATER)
    sweep_once()


@pytest.fixture
def submit(organiser, participant, script_example, real_engine, settings):
    """Publish the documented kind of package, which needs no environment, and submit to it."""
    settings.QUOTA_TOTAL = settings.QUOTA_PER_DAY = settings.MAX_DEATHS = 10_000
    upload = SimpleUploadedFile("analysis.zip", script_example[0])
    fields = AnalysisFields(analysis_name="Declination")
    version = store_analysis(creator=organiser, fields=fields, upload=upload)
    request_preparation(version)

    def submit():
        upload = SimpleUploadedFile("algorithm.zip", script_example[1])
        return submit_algorithm(analysis=version.analysis, account=participant, upload=upload)

    return submit


def assert_finished_once(submission, *, asked=()):
    submission.refresh_from_db()
    run = submission.runs.get()
    assert (submission.status, run.status) == (Status.FINISHED, Status.FINISHED), submission.reason
    assert FileResult.objects.filter(run=run, verdict="scored").count() == 1
    events = list(submission.events.order_by("number").values_list("number", "kind"))
    kinds = ["submitted", "queued", "started", "file", "finished"]
    if asked:
        # A builder that was killed may have begun as well.
        made = ["environment_waiting", "environment_building", "environment_ready", "queued"]
        kinds[2:2] = made
        begun_twice = (5, "environment_building") in events
        kinds[4:4] = ["environment_building"] * begun_twice
    assert events == list(enumerate(kinds, start=1))


def assert_ranked_once():
    best = Run.objects.filter(status=Status.FINISHED).order_by("submission__submitted_at").first()
    assert Entry.objects.get().run_id == best.pk
    assert Score.objects.count() == 2
    assert Board.objects.get().entries_count == 1
    finished = Run.objects.filter(status=Status.FINISHED)
    assert sorted(RunLosses.objects.values_list("run_id", flat=True)) == sorted(
        finished.values_list("pk", flat=True)
    )


@pytest.mark.slow
def test_a_worker_may_be_killed_before_any_of_its_writes(submit):
    for number in count(1):
        Preparation.objects.update(state=Work.QUEUED)
        submission = submit()
        through = came_through(number, work_to_the_end)
        let_time_pass()
        work_to_the_end()
        assert_finished_once(submission)
        assert_ranked_once()
        if through:
            break
        assert number < MOST_WRITES
    assert number > 20


@pytest.mark.slow
def test_a_worker_may_be_killed_before_it_keeps_what_a_run_lost(submit):
    submission = submit()
    assert not came_through(1, work_to_the_end, table=RunLosses._meta.db_table)
    let_time_pass()
    work_to_the_end()
    assert_finished_once(submission)
    assert_ranked_once()


def ask_for_an_environment():
    """Find a shard's environment missing, which in truth is there: a builder finds that out."""
    wait_for_build(claim_shard("worker"), store=machine_store(), environment="e" * 64)


def build_to_the_end():
    run_builder(threading.Event(), idle_exit_s=0.0)


@pytest.mark.slow
@pytest.mark.parametrize("killed", [ask_for_an_environment, build_to_the_end])
def test_asking_for_and_making_an_environment_may_be_killed_before_any_write(submit, killed):
    submit()
    work_to_the_end()
    for number in count(1):
        submission = submit()
        if killed is build_to_the_end:
            ask_for_an_environment()
        through = came_through(number, killed)
        let_time_pass()
        if not Build.objects.exclude(state=Work.DONE).exists():
            assert submission.runs.get().admitted
        build_to_the_end()
        work_to_the_end()
        assert not Build.objects.filter(state__in=UNFINISHED).exists()
        assert_finished_once(submission, asked=Build.objects.filter(run__submission=submission))
        if through:
            break
        assert number < MOST_WRITES
    assert number > 5


@pytest.mark.slow
def test_handing_in_may_be_killed_before_any_of_its_writes(submit):
    for number in count(1):
        before = set(Submission.objects.values_list("pk", flat=True))
        through = came_through(number, submit)
        let_time_pass()
        for submission in Submission.objects.exclude(pk__in=before):
            assert_waits_or_ended_with_a_reason(submission)
        if through:
            break
        assert number < MOST_WRITES
    assert number > 5
    work_to_the_end()
    assert not Submission.objects.exclude(status__in=ENDED).exists()


def assert_waits_or_ended_with_a_reason(submission):
    if submission.status == Status.FAILED:
        assert submission.our_fault
        assert not default_storage.exists(submission.algorithm)
        return
    assert submission.status == Status.SUBMITTED
    assert submission.runs.get().shards.count() == 1
    assert Event.objects.filter(submission=submission, kind="submitted").count() == 1


@pytest.mark.slow
def test_a_sweeper_may_be_killed_before_any_of_its_writes(submit):
    for number in count(1):
        submission = submit()
        leave_a_mess(submission)
        through = came_through(number, sweep_once)
        let_time_pass()
        work_to_the_end()
        assert_finished_once(submission)
        if through:
            break
        assert number < MOST_WRITES
    assert number > 5


def leave_a_mess(submission):
    """Leave a dead web process' upload, stored but not queued, and a forgotten version behind."""
    Preparation.objects.all().delete()
    submission.runs.all().delete()
    submission.events.all().delete()
    Submission.objects.filter(pk=submission.pk).update(
        status=Status.SUBMITTING, submitted_at=timezone.now() - LATER, events_count=0
    )


@pytest.mark.parametrize("change", [cancel_submission, rerun_submission])
def test_what_an_author_asks_for_happens_whole_or_not_at_all(submit, change):
    whole = facts(asked(submit, change, change))
    for number in count(1):
        submission = asked(submit, change)
        before = facts(submission)
        through = came_through(number, lambda one=submission: change(one))
        # What comes after the commit, such as letting the next run in, may be cut off.
        assert facts(submission) in ((whole,) if through else (before, whole))
        if through:
            break
    assert whole != before


def test_a_reveal_that_is_killed_is_whole_or_nothing(organiser, real_engine):
    version = stored_version(organiser)
    before = revealed_facts()
    for number in count(1):
        through = came_through(number, lambda: reveal_final_part(version.analysis))
        now = revealed_facts()
        assert now == before or through
        if through:
            break
    assert before == (AnalysisState.PUBLISHED, True)
    assert now == (AnalysisState.CLOSED, False)


def revealed_facts():
    analysis = Analysis.objects.get()
    return analysis.state, analysis.current_version.revealed_at is None


def asked(submit, change, *done):
    """Submit what a change needs, and make the change at once if asked to."""
    submission = submit()
    if change is rerun_submission:
        cancel_submission(submission)
    for do in done:
        do(submission)
    return submission


def facts(submission):
    submission.refresh_from_db()
    shards = Shard.objects.filter(run__submission=submission)
    states = sorted(shards.values_list("state", flat=True))
    return submission.status, submission.events_count, submission.runs.count(), states


def test_a_claim_that_is_killed_leaves_the_work_to_others(submit):
    submit()
    work_to_the_end()
    submit()
    waiting = Shard.objects.order_by("turn", "id")
    assert not came_through(1, lambda: claim(waiting, "killed"))
    assert claim(waiting, "alive") is not None
