"""Workers that are woken by messages of real brokers, and messages that are lost, doubled, late."""

import itertools
import threading

import pytest

from services.brokers import broker, restartable
from services.hearing import hearing, wait_until
from tests.jobs.conftest import run_worker_in_a_thread
from valhub.cloud.queues import open_queues, read_queue
from valhub.jobs import sweeper
from valhub.jobs.models import FileResult, Preparation, Shard, Status, Submission, Work
from valhub.jobs.services.queueing import claim_shard
from valhub.jobs.services.wake_ups import make_queues_again, notify_workers, wake_again

__all__ = ["broker", "restartable"]

pytestmark = pytest.mark.django_db(transaction=True)

_NUMBERS = itertools.count()
LONG_S = 600


def use(broker, settings):
    """Have the hub use a broker; nobody looks or sends again by the clock within a test."""
    settings.QUEUE = read_queue(broker.url)
    settings.QUEUE_PREFIX = f"hub{next(_NUMBERS)}-"
    settings.WAKE_AGAIN_S = LONG_S
    return open_queues()


@pytest.fixture
def queues(broker, settings):
    return use(broker, settings)


@pytest.fixture
def a_worker(real_engine, settings):
    """Starts workers that only messages wake once they have nothing to do."""
    settings.POLL_MS = LONG_S * 1000
    stop, threads = threading.Event(), []

    def start(**options):
        name = f"worker {len(threads)}"
        thread = threading.Thread(target=run_worker_in_a_thread, args=(stop, name), kwargs=options)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def is_finished(submission):
    return Submission.objects.get(pk=submission.pk).status == Status.FINISHED


def late(model=Shard):
    """Make work look as if no worker had been notified of it for long."""
    model.objects.update(woken_at="2020-01-01T00:00:00Z", queued_at="2020-01-01T00:00:00Z")


def test_idle_workers_are_woken_by_what_is_published_and_submitted(
    queues, a_worker, tiny_version, submit
):
    a_worker()
    wait_until(lambda: Preparation.objects.get().state == Work.DONE)
    submission = submit()
    wait_until(lambda: is_finished(submission))
    wait_until(lambda: queues.depth(tiny_version.analysis_id) == 0)


def test_a_queue_is_there_as_soon_as_its_analysis_is_published(queues, tiny_version):
    assert queues.depth(tiny_version.analysis_id) == 1  # its data is to be prepared


def test_a_message_says_which_shard_became_claimable(queues, make_run, participant, version):
    with hearing(queues, version.analysis_id) as heard:
        run = make_run(participant)
        shards = set(run.shards.values_list("pk", flat=True))
        wait_until(lambda: set(heard) == shards)
        held = claim_shard("worker")
        held.give_back()
        wait_until(lambda: heard[len(shards) :] == [held.work.pk])


def test_doubled_messages_change_nothing(queues, a_worker, tiny_version, submit):
    submission = submit()
    a_worker()
    for _ in range(5):
        notify_workers(
            tiny_version.analysis_id, [*Shard.objects.values_list("pk", flat=True), 10**9]
        )
    wait_until(lambda: is_finished(submission))
    wait_until(lambda: queues.depth(tiny_version.analysis_id) == 0)
    assert FileResult.objects.count() == 4
    assert submission.events.filter(kind="finished").count() == 1


def test_lost_messages_are_sent_again(queues, broker, settings, version, make_run, participant):
    queues.make_sure(version.analysis_id)
    run = make_run(participant)
    broker.lose(f"{settings.QUEUE_PREFIX}analysis-{version.analysis_id}")
    sweeper.sweep_once()
    assert not queues.depth(version.analysis_id)  # it is not late yet
    late()
    sweeper.sweep_once()
    wait_until(lambda: queues.depth(version.analysis_id) == run.shards.count())


def test_messages_that_nobody_takes_do_not_heap_up(queues, version, make_run, participant):
    queues.make_sure(version.analysis_id)
    run = make_run(participant)
    wait_until(lambda: queues.depth(version.analysis_id) == run.shards.count())
    late()
    for _ in range(3):
        sweeper.sweep_once()
    assert queues.depth(version.analysis_id) == run.shards.count()


def test_of_many_sweepers_one_sends_again(queues, broker, settings, version, make_run, participant):
    queues.make_sure(version.analysis_id)
    run = make_run(participant)
    broker.lose(f"{settings.QUEUE_PREFIX}analysis-{version.analysis_id}")
    make_queues_again()
    late()
    with hearing(queues, version.analysis_id) as heard:
        sweepers = [threading.Thread(target=sweep_in_a_thread) for _ in range(4)]
        for one in sweepers:
            one.start()
        for one in sweepers:
            one.join()
        wait_until(lambda: len(heard) >= run.shards.count())
    assert sorted(heard) == sorted(run.shards.values_list("pk", flat=True))


def sweep_in_a_thread():
    from django.db import connection

    try:
        wake_again()
    finally:
        connection.close()


def test_a_worker_of_one_analysis_leaves_others_alone(
    queues, a_worker, tiny_version, submit, version, make_run, participant
):
    other = make_run(participant)
    submission = submit()
    a_worker(analyses=[tiny_version.analysis_id])
    wait_until(lambda: is_finished(submission))
    assert set(other.shards.values_list("state", flat=True)) == {Work.QUEUED}


def test_what_is_submitted_while_the_broker_is_down_is_evaluated_later(
    restartable, settings, tiny_version, submit, work, as_
):
    use(restartable, settings)
    restartable.server.stop()
    submission = submit()
    assert as_(None).get("/readyz").json()["queue"] == "unreachable"
    settings.WAKE_AGAIN_S = 1
    work()  # Workers that run already look by themselves.
    assert is_finished(submission)
    restartable.server.start()
    assert as_(None).get("/readyz").json()["queue"] == "ok"


def test_a_broker_that_is_started_again_costs_no_submission(
    restartable, settings, a_worker, tiny_version, submit
):
    use(restartable, settings)
    a_worker()
    wait_until(lambda: Preparation.objects.get().state == Work.DONE)
    submission = submit()
    restartable.server.stop()
    restartable.server.start()
    late()
    late(Preparation)
    wait_until(lambda: sweeper.sweep_once() or is_finished(submission), 90)


def test_an_idle_worker_leaves_when_it_is_to(a_worker, settings):
    settings.POLL_MS = 20
    thread = a_worker(idle_exit_s=0.5)
    thread.join(120)
    assert not thread.is_alive()
