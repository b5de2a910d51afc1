"""Workers with nothing to do take files over, so that nobody waits for one slow shard."""

import threading
from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import Event, FileResult, Preparation, Run, Shard, Status, Work
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import LostLease
from valhub.jobs.services.queueing import admit_runs, claim_shard, mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import cancel_run
from valhub.jobs.services.spreading import half_of, second_try, spread
from valhub.jobs.sweeper import sweep_once
from valhub.jobs.worker import loop
from valhub.jobs.worker.evaluating import evaluate_shard

pytestmark = pytest.mark.django_db(transaction=True)
METRICS = {"absolute_error_azimuth": 1.0, "runtime": 0.1}


@pytest.fixture
def held(submit, tiny_version):
    """One shard of all four files, held by a worker of another machine."""
    Preparation.objects.update(state=Work.DONE)
    run = submit().runs.get()
    first, *others = Shard.objects.order_by("ordinal")
    Shard.objects.exclude(pk=first.pk).delete()
    Shard.objects.update(files=[pk for shard in (first, *others) for pk in shard.files])
    admit_runs(tiny_version.analysis_id)
    mark_started(run, run.created_at)
    return claim_shard("far-1")


def record(held, *files, wall_s=1.0):
    for pk in files:
        record_file_result(
            held, pk, FileOutcome("x.csv", Verdict.SCORED, metrics=METRICS, wall_s=wall_s)
        )


def let_pass(seconds):
    Shard.objects.update(progressed_at=F("progressed_at") - timedelta(seconds=seconds))


def files_of(claim):
    return Shard.objects.get(pk=claim.work.pk).files


def test_half_of_what_is_left_is_taken_but_not_the_file_at_hand(held):
    files = files_of(held)
    record(held, files[0], wall_s=10.0)
    let_pass(2)
    taken = spread("near-1", Shard.objects.all())
    assert taken.work.files == files[3:]
    assert files_of(held) == files[:3]


def test_what_is_soon_done_stays_where_it_is(held):
    record(held, *files_of(held)[:2], wall_s=0.1)
    let_pass(2)
    assert spread("near-1", Shard.objects.all()) is None


def test_a_run_time_that_was_not_measured_is_no_short_one(held):
    first, second, *_ = files_of(held)
    record(held, first, wall_s=30.0)
    record(held, second, wall_s=None)
    let_pass(2)
    assert spread("near-1", Shard.objects.all()) is not None


def test_a_shard_of_a_run_that_ended_is_left_alone(held):
    let_pass(60)
    cancel_run(held.work.run)
    assert spread("near-1", Shard.objects.all()) is None


def test_only_the_shards_that_a_worker_may_work_on_are_looked_at(held):
    let_pass(60)
    assert spread("near-1", Shard.objects.none()) is None


def test_a_last_file_that_takes_long_is_tried_again_on_another_machine(held):
    *done, last = files_of(held)
    record(held, *done)
    let_pass(60)
    assert spread("far-2", Shard.objects.all()) is None
    again = spread("near-1", Shard.objects.all())
    assert (again.work.files, files_of(held)) == ([last], [*done, last])
    assert spread("other-1", Shard.objects.all()) is None


def test_the_first_of_two_answers_counts_and_ends_the_run(held):
    *done, last = files_of(held)
    record(held, *done)
    let_pass(60)
    again = spread("near-1", Shard.objects.all())
    record(again, last, wall_s=2.0)
    finish_shard(again)
    assert Run.objects.get().status == Status.FINISHED
    with pytest.raises(LostLease):
        record(held, last, wall_s=99.0)
    assert FileResult.objects.get(file=last).wall_s == 2.0
    assert not Shard.objects.filter(state__in=(Work.QUEUED, Work.LEASED)).exists()


@pytest.fixture
def two_tries(held):
    """The third file at two workers, the first one's claim first; the last file at another one."""
    first, second, third, last = files_of(held)
    record(held, first, second, wall_s=10.0)
    let_pass(60)
    other = spread("other-1", Shard.objects.all())
    assert (files_of(held), files_of(other)) == ([first, second, third], [last])
    again = spread("near-1", Shard.objects.filter(pk=held.work.pk))
    assert files_of(again) == [third]
    return held, again, other


def end(claim, file, wall_s):
    """Let a worker write down a file and end its shard, as `evaluate_shard` does."""
    won = record_file_result(
        claim, file, FileOutcome("x.csv", Verdict.SCORED, metrics=METRICS, wall_s=wall_s)
    )
    finish_shard(claim)
    return won


def let_die(claim, deaths=0):
    """Let a worker fall silent that held a shard which has ended so many before."""
    count_deaths(claim, deaths)
    past = timezone.now() - timedelta(minutes=10)
    Shard.objects.filter(pk=claim.work.pk).update(lease_until=past)
    sweep_once()


def count_deaths(claim, deaths):
    """Let so many workers have died at a shard, all before what its holder last did."""
    Shard.objects.filter(pk=claim.work.pk).update(
        deaths=deaths, queued_at=Now() - timedelta(minutes=20), progressed_at=Now()
    )


def finish_other(other):
    """End the file that nobody else is at; gives what becomes of the run."""
    end(other, files_of(other)[0], wall_s=1.0)
    return Run.objects.get().status


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_tries_that_both_end_the_first_to_end_counts_once(two_tries, first):
    file = files_of(two_tries[1])[0]
    winner, loser, other = two_tries[first], two_tries[1 - first], two_tries[2]
    assert end(winner, file, wall_s=2.0)
    assert spread("idle-1", Shard.objects.filter(pk=loser.work.pk)) is None
    assert not end(loser, file, wall_s=99.0)
    assert FileResult.objects.get(file=file).wall_s == 2.0
    assert Event.objects.filter(kind="file").count() == 3
    assert finish_other(other) == Status.FINISHED
    assert not Shard.objects.exclude(state=Work.DONE).exists()


def test_an_answer_written_down_again_stays_as_it_is(two_tries):
    held, again, _ = two_tries
    file = files_of(again)[0]
    record(held, file, wall_s=2.0)
    record(held, file, wall_s=3.0)
    record(again, file, wall_s=4.0)
    assert FileResult.objects.get(file=file).wall_s == 2.0
    assert Event.objects.filter(kind="file").count() == 3


def test_a_worker_that_dies_after_the_second_try_ended_leaves_nothing_to_do(two_tries):
    held, again, other = two_tries
    end(again, files_of(again)[0], wall_s=2.0)
    let_die(held)
    claim = claim_shard("next-1")
    assert claim.work.pk == held.work.pk
    # No sandbox is needed where every file has its result.
    evaluate_shard(claim, context=None, stop=threading.Event())
    assert Shard.objects.get(pk=held.work.pk).state == Work.DONE
    assert finish_other(other) == Status.FINISHED


def test_the_last_death_at_a_file_that_the_second_try_ended_fails_no_run(two_tries, settings):
    held, again, other = two_tries
    end(again, files_of(again)[0], wall_s=2.0)
    let_die(held, settings.MAX_DEATHS - 1)
    assert Run.objects.get().status == Status.RUNNING
    assert Shard.objects.get(pk=held.work.pk).state == Work.DONE
    assert finish_other(other) == Status.FINISHED


def test_the_last_fault_of_ours_at_such_a_file_fails_no_run(two_tries, settings):
    held, again, other = two_tries
    end(again, files_of(again)[0], wall_s=2.0)
    count_deaths(held, settings.MAX_DEATHS - 1)

    def killed():
        raise EvaluationError("The sandbox was killed from outside.", code="sandbox-killed")

    loop._do(held, killed)
    assert Run.objects.get().status == Status.RUNNING
    assert finish_other(other) == Status.FINISHED


def test_the_last_death_at_a_file_without_a_result_fails_the_run(two_tries, settings):
    held, _, _ = two_tries
    let_die(held, settings.MAX_DEATHS - 1)
    assert Run.objects.get().status == Status.FAILED


def test_a_run_whose_last_worker_died_after_its_last_result_finishes(held, settings):
    record(held, *files_of(held))
    let_die(held, settings.MAX_DEATHS - 1)
    assert Run.objects.get().status == Status.FINISHED


def test_a_second_try_whose_worker_dies_is_not_waited_for(two_tries):
    held, again, other = two_tries
    file = files_of(again)[0]
    let_die(again)
    assert Shard.objects.get(pk=again.work.pk).state == Work.QUEUED
    assert end(held, file, wall_s=2.0)
    assert finish_other(other) == Status.FINISHED
    assert Shard.objects.get(pk=again.work.pk).state == Work.CANCELLED


@pytest.mark.parametrize(
    ("left", "mean", "still", "taken"),
    [
        ([1, 2, 3], 2.0, 0.0, [3]),
        ([1, 2], 3.0, 0.0, [2]),
        ([1, 2], 0.1, 4.0, None),
        ([1, 2], None, 6.0, [2]),
        ([1], 100.0, 100.0, None),
    ],
)
def test_half_is_worth_it_when_much_is_left_or_nothing_moves(left, mean, still, taken):
    part = half_of(left, mean, still)
    assert (part.files if part else None) == taken


@pytest.mark.parametrize(
    ("left", "mean", "still", "tried"),
    [
        ([1], 2.0, 7.0, True),
        ([1], 2.0, 5.0, False),
        ([1], None, 99.0, False),
        ([1, 2], 1.0, 99.0, False),
    ],
)
def test_a_file_is_slow_when_it_takes_three_times_the_mean(left, mean, still, tried):
    assert (second_try(left, mean, still) is not None) is tried
