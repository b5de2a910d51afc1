"""No account keeps all workers, or all places of an analysis, from one that has none."""

import threading
from datetime import timedelta

import pytest
from django.db.models import F

from tests.jobs.conftest import run_worker_in_a_thread, wait_until
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.jobs.models import FileResult, Preparation, Run, Shard, Status, Work, Worker
from valhub.jobs.selectors.shares import gives_way, workers_by_account
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.queueing import (
    admit_runs,
    claim_preparation,
    claim_shard,
    mark_started,
    shards_of,
)
from valhub.jobs.services.run_ends import cancel_run
from valhub.jobs.sweeper import sweep_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.databases]

SLOW = "import time\n\ndef estimate_azimuth(series):\n    time.sleep(3600)\n    return 1.0\n"


def let_wait():
    queued = Shard.objects.filter(state=Work.QUEUED)
    queued.update(queued_at=F("queued_at") - timedelta(seconds=5))


def progress(held, ago_s):
    Shard.objects.filter(pk=held.work.pk).update(
        progressed_at=F("progressed_at") - timedelta(seconds=ago_s)
    )


@pytest.fixture
def busy(make_run, participant):
    """One account's work on three workers, the second of which has begun last."""
    make_run(participant)
    claims = [claim_shard(f"worker-{number}") for number in range(3)]
    for held, ago_s in zip(claims, (30, 10, 20), strict=True):
        progress(held, ago_s)
    return claims


def giving_way(claims, queue=None):
    queue = shards_of(None) if queue is None else queue
    return [gives_way(one, queue) for one in claims]


def test_one_worker_of_the_account_that_has_them_all_gives_way(busy, make_run, outsider):
    make_run(outsider)
    let_wait()
    assert giving_way(busy) == [False, True, False]


def test_no_worker_gives_way_while_nobody_waits(busy):
    let_wait()
    assert giving_way(busy) == [False] * 3


def test_an_idle_worker_has_time_to_claim_it_first(busy, make_run, outsider):
    make_run(outsider)
    assert giving_way(busy) == [False] * 3


def test_no_worker_gives_way_for_work_that_it_could_not_do(busy, make_run, outsider):
    make_run(outsider)
    let_wait()
    assert giving_way(busy, shards_of([-1])) == [False] * 3
    AnalysisVersion.objects.update(memory_bytes=2)
    assert giving_way(busy, shards_of(None, memory_bytes=1)) == [False] * 3
    assert giving_way(busy, shards_of(None, memory_bytes=2)).count(True) == 1


def test_an_account_with_a_worker_makes_nobody_give_way(busy, make_run, outsider):
    make_run(outsider)
    claim_shard("worker-4")
    let_wait()
    assert workers_by_account()[outsider.pk] == 1
    assert giving_way(busy) == [False] * 3


def test_nobody_gives_way_with_an_only_worker(make_run, participant, outsider):
    make_run(participant)
    only = claim_shard("worker-1")
    make_run(outsider)
    let_wait()
    assert not gives_way(only, shards_of(None))


def test_of_several_accounts_the_one_with_most_workers_gives_way(
    busy, make_run, outsider, organiser
):
    shards = Shard.objects.filter(run=make_run(outsider)).order_by("turn")
    others = [claim(shards, f"worker-{number}") for number in (4, 5)]
    make_run(organiser)
    let_wait()
    assert giving_way(busy).count(True) == 1
    assert giving_way(others) == [False, False]


def test_what_was_given_back_waits_for_those_without_a_worker(busy, make_run, outsider):
    run = make_run(outsider)
    busy[1].give_back()
    assert claim_shard("worker-1", stay_with=busy[1].work.run_id).work.run_id == run.pk
    # Now that both have one, turns decide again.
    assert claim_shard("worker-9").work.pk == busy[1].work.pk


def test_with_a_worker_for_each_a_worker_stays_with_its_algorithm(make_run, participant, outsider):
    mine = make_run(participant)
    make_run(outsider)
    first = claim_shard("worker-1")
    claim_shard("worker-2")
    make_run(outsider)
    finish_shard(first)
    assert claim_shard("worker-1", stay_with=mine.pk).work.run_id == mine.pk


# Places of an analysis.


@pytest.fixture
def two_at_once(version):
    version.analysis.max_concurrent_submission_evaluation = 2
    version.analysis.save()


def admitted():
    return list(Run.objects.filter(admitted=True, finished_at=None).order_by("turn"))


def test_an_account_with_every_place_of_an_analysis_gives_one_back(
    two_at_once, make_run, participant, outsider, version, settings
):
    settings.SHARDS = 4
    runs = [make_run(participant) for _ in range(3)]
    claims = [claim_shard(f"worker-{number}") for number in range(8)]
    for run in runs[:2]:
        mark_started(run, run.created_at)
    other = make_run(outsider)
    assert admitted() == [runs[0], other]
    assert {*runs[1].shards.values_list("state", flat=True)} == {Work.HELD}
    lost = [one for one in claims if one.work.run_id == runs[1].pk]
    kept = [one for one in claims if one.work.run_id == runs[0].pk]
    assert giving_way(lost + kept) == [True] * len(lost) + [False] * len(kept)
    with pytest.raises(LostLease):
        finish_shard(lost[0])
    admit_runs(version.analysis_id)
    assert admitted() == [runs[0], other]
    cancel_run(other)
    assert admitted() == runs[:2]
    sweep_once()
    assert Run.objects.get(pk=runs[1].pk).status == Status.RUNNING
    kinds = runs[1].submission.events.order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["submitted", "queued", "started", "put_back", "queued"]


def test_an_analysis_for_one_at_a_time_finishes_what_it_began(
    version, make_run, participant, outsider
):
    version.analysis.max_concurrent_submission_evaluation = 1
    version.analysis.save()
    first = make_run(participant)
    make_run(outsider)
    assert admitted() == [first]


# Data sets.


@pytest.fixture
def published(organiser):
    """An organiser who published four data sets at once."""
    for number in range(4):
        analysis = Analysis.objects.create(analysis_name=f"Analysis {number}", creator=organiser)
        version = AnalysisVersion.objects.create(analysis=analysis, number=1, kind="task")
        Preparation.objects.create(version=version)


@pytest.mark.parametrize(("workers", "claimed"), [(1, 1), (2, 1), (3, 2)])
def test_preparing_data_leaves_a_worker_to_submissions(published, workers, claimed):
    for number in range(workers):
        Worker.objects.create(name=f"worker-{number}")
    claims = [claim_preparation(f"worker-{number}") for number in range(workers)]
    assert sum(one is not None for one in claims) == claimed


def test_whoever_publishes_counts_as_having_the_worker(published, organiser):
    claim_preparation("worker-1")
    assert workers_by_account() == {organiser.pk: 1}
    assert workers_by_account(besides="worker-1") == {}


# All of it, with two workers and an algorithm that takes every second it is given.


@pytest.mark.slow
def test_a_ready_submission_runs_beside_files_that_never_end(
    submit, participant, outsider, real_engine
):
    endless = submit(SLOW)
    stop = threading.Event()
    threads = [
        threading.Thread(target=run_worker_in_a_thread, args=(stop, f"worker-{number}"))
        for number in range(2)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: workers_by_account()[participant.pk] == 2, 60)
        ready = submit(account=outsider)
        wait_until(lambda: Run.objects.get(submission=ready).status == Status.FINISHED, 60)
        shards = Shard.objects.filter(run__submission=endless)
        # One worker gave way, once, and the other went on with its file all the time.
        assert sorted(shards.values_list("attempt", flat=True))[-2:] in ([1, 1], [1, 2])
        assert not FileResult.objects.filter(run__submission=endless).exists()
        assert not shards.exclude(deaths=0).exists()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
