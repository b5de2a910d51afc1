"""Worker processes that race for the same shards, with holders that are paused and come back."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, transaction

from services.databases import address_of_test_database
from services.locks import impatient
from services.tied import tied
from tests.evaluation.execution.at_work import processes_at_work
from valhub.analyses.models import Analysis
from valhub.jobs.models import (
    ENDED,
    FileResult,
    Preparation,
    Run,
    Shard,
    Status,
    Submission,
    Work,
    Worker,
)
from valhub.jobs.services.queueing import admit_runs
from valhub.jobs.sweeper import run_sweeper
from valhub.jobs.worker import run_worker
from valhub.leaderboards.models import Entry

# Real processes that wait for each other's leases; `test_leasing` has each rule quickly.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LEASE_S = 1
SLOW = (
    "import time\n\ndef estimate_azimuth(series):\n"
    "    time.sleep({seconds})\n    return float(series.iloc[0])\n"
)


@pytest.fixture
def start(hub_data, engine_cache):
    """Start workers and sweepers on the test's own database; they are killed after the test."""
    started = []
    environment = {
        **os.environ,
        "DATABASE_URL": address_of_test_database(),
        "VALHUB_DATA": str(hub_data),
        "VALHUB_CACHE": str(engine_cache),
        "VALHUB_LEASE_S": str(LEASE_S),
        "VALHUB_POLL_MS": "20",
        "VALHUB_SWEEP_MS": "100",
        "VALHUB_MAX_DEATHS": "1000",
    }

    def start(role, **settings):
        command = [sys.executable, "-P", "-m", "valhub.server", role]
        with (hub_data / f"{role}-{len(started)}.log").open("wb") as log:
            started.append(
                tied(subprocess.Popen(command, env={**environment, **settings}, stderr=log))
            )
        return started[-1]

    yield start
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


@pytest.fixture
def beside(start, settings):
    """Run other workers and sweepers in threads: nobody pauses them, and a process costs seconds.

    They end after the test, before its processes do.
    """
    settings.LEASE_S, settings.SWEEP_MS, settings.MAX_DEATHS = LEASE_S, 100, 1000
    stop, threads = threading.Event(), []

    def run(role):
        def to_its_end():
            role(stop)
            connection.close()

        threads.append(threading.Thread(target=to_its_end))
        threads[-1].start()

    yield run
    stop.set()
    for thread in threads:
        thread.join()


def wait_for(done, within_s=240):
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def prepared(submission):
    """Let a submission's run start at once, as its data is found prepared."""
    Preparation.objects.update(state=Work.DONE)
    admit_runs(submission.analysis_id)
    return submission.runs.get()


def written(run):
    """Everything that a worker writes about a run."""
    files = FileResult.objects.filter(run=run).values_list("pk", "verdict", "metrics", "wall_s")
    shards = Shard.objects.filter(run=run).values_list("pk", "state", "attempt", "owner")
    events = run.submission.events.values_list("number", "kind")
    return sorted(files), sorted(shards), sorted(events)


def assert_written_once(run):
    run.refresh_from_db()
    assert (run.status, run.coverage) == (Status.FINISHED, 1.0)
    assert FileResult.objects.filter(run=run, verdict="scored").count() == 4
    kinds = list(run.submission.events.values_list("kind", flat=True))
    assert (kinds.count("file"), kinds.count("started"), kinds.count("finished")) == (4, 1, 1)


def ended(*runs):
    return (
        not Run.objects.filter(pk__in=[run.pk for run in runs]).exclude(status__in=ENDED).exists()
    )


def pause_in_a_call(worker, run):
    """Stop a worker while its sandbox is busy with a file, not while it holds the database."""
    held = Shard.objects.filter(run=run, state=Work.LEASED)
    wait_for(held.exists)
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        time.sleep(0.2)
        worker.send_signal(signal.SIGSTOP)
        if can_be_written() and (shard := held.first()) is not None:
            return shard
        worker.send_signal(signal.SIGCONT)
    pytest.fail("The worker was never in a call.")


def pause_in_a_file(worker):
    """Stop a worker while an algorithm sleeps on a file, and nobody holds the database."""
    for _ in range(50):
        wait_for(lambda: processes_at_work(worker.pid))
        worker.send_signal(signal.SIGSTOP)
        if processes_at_work(worker.pid) and can_be_written():
            return
        worker.send_signal(signal.SIGCONT)
    pytest.fail("The worker was never at a file.")


def can_be_written():
    """Whether nobody holds a lock: not the whole database, and none of the rows that count."""
    with impatient(), suppress(OperationalError), transaction.atomic():
        for model in (Run, Shard, Submission):
            list(model.objects.select_for_update())
        return True
    return False


def test_a_paused_holder_that_comes_back_writes_nothing(submit, start, beside):
    late = start("worker")
    beside(run_sweeper)
    run = prepared(submit(SLOW.format(seconds=0.8)))
    held = pause_in_a_call(late, run)
    beside(run_worker)
    wait_for(lambda: ended(run))
    before = written(run)
    late.send_signal(signal.SIGCONT)
    time.sleep(2 * LEASE_S)
    assert late.poll() is None
    assert written(run) == before
    assert Shard.objects.get(pk=held.pk).attempt > held.attempt
    assert_written_once(run)


def test_a_holder_that_came_back_works_on(submit, start, beside):
    worker = start("worker")
    beside(run_sweeper)
    run = prepared(submit(SLOW.format(seconds=0.8)))
    held = pause_in_a_call(worker, run)
    wait_for(lambda: Shard.objects.get(pk=held.pk).state == Work.QUEUED)
    worker.send_signal(signal.SIGCONT)
    wait_for(lambda: ended(run))
    assert_written_once(run)
    assert worker.poll() is None


def test_a_worker_frozen_longer_than_a_file_may_take_blames_no_algorithm(submit, start):
    # Nobody takes the work over: not even the lease that ran out shows what happened.
    worker = start("worker", VALHUB_MAX_TIMEOUT_S="8")
    run = prepared(submit(SLOW.format(seconds=0.8)))
    pause_in_a_file(worker)
    measured = FileResult.objects.filter(run=run).count()
    time.sleep(9)
    worker.send_signal(signal.SIGCONT)
    wait_for(lambda: ended(run))
    assert_written_once(run)
    results = list(FileResult.objects.filter(run=run).order_by("pk"))
    # Only the file at hand has no run time; what its call took was not lost on the others.
    assert [one.elapsed_s is None for one in results] == [n == measured for n in range(4)]


def test_workers_that_are_paused_again_and_again_never_write_twice(
    submit, start, participant, outsider
):
    chance = random.Random(20261123)
    people = (participant, outsider)
    runs = [prepared(submit(SLOW.format(seconds=0.1), account=people[i % 2])) for i in range(6)]
    workers, _ = [start("worker"), start("worker")], start("sweep")
    wait_for(lambda: Worker.objects.count() == 2)
    deadline = time.monotonic() + 240
    while not ended(*runs):
        assert time.monotonic() < deadline
        paused = chance.choice(workers)
        paused.send_signal(signal.SIGSTOP)
        time.sleep(chance.uniform(0.2, 1.8 * LEASE_S))
        paused.send_signal(signal.SIGCONT)
        time.sleep(chance.uniform(0.1, 0.8))
    for run in runs:
        assert_written_once(run)
    assert Entry.objects.count() == 2
    assert Analysis.objects.get().current_version.board.entries_count == 2
