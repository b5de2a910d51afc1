"""Where improvements alone are released, a run that is none shows nothing and takes no place."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.db import connection

from tests.jobs.final_parts import PRIMARY, finish, record, started_run, stored_version
from valhub.evaluation.packages.tasks.parts import Part
from valhub.jobs.models import Event, Run, Shard, Status
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import claim
from valhub.jobs.services.releases import is_improvement
from valhub.jobs.services.submission_changes import archive_submission
from valhub.leaderboards.models import Entry, Score
from valhub.leaderboards.order import Place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("new", "old", "least", "improves"),
    [
        ((0.0, 1.0), (0.0, 2.0), 0.0, True),
        ((0.0, 2.0), (0.0, 2.0), 0.0, False),
        ((0.0, 2.1), (0.0, 2.0), 0.0, False),
        ((0.0, 1.6), (0.0, 2.0), 0.5, False),
        ((0.0, 1.5), (0.0, 2.0), 0.5, False),
        ((0.0, 1.25), (0.0, 2.0), 0.5, True),
        ((0.0, 9.0), (0.5, 1.0), 0.5, True),
        ((0.5, 0.0), (0.0, 9.0), 0.0, False),
        ((0.5, 1.0), (0.5, 2.0), 0.5, True),
        ((2.0, 0.0), (0.0, 2.0), 0.0, False),
        ((0.0, -0.9), (0.0, -0.5), 0.25, True),
    ],
)
def test_more_files_or_a_loss_that_is_less_by_enough_is_an_improvement(new, old, least, improves):
    assert is_improvement(Place(*new), Place(*old), least=least) is improves


@pytest.fixture
def scored(organiser, participant, real_engine, tiny_algorithm):
    """Submits and finishes a run where only improvements by more than half a degree count."""
    release = {"disclosure": {"release": "improvement"}, "smallest_difference": 0.5}
    version = stored_version(organiser, **release)
    numbers = count()

    def make(error, *, account=participant, final=0.0):
        archive = tiny_algorithm(notes__txt=str(next(numbers)))
        return finish(started_run(version, account, archive), hidden=error, final=final)

    return make


def on_board():
    return sorted(Score.objects.filter(column=PRIMARY).values_list("value", flat=True))


@pytest.mark.databases
def test_a_run_that_is_no_improvement_says_so_and_nothing_else(scored):
    assert scored(2.0).released
    run = scored(1.75)
    message = "No improvement: this run is not better than your best one by more than 0.5."
    assert (run.status, run.released, run.reason) == (Status.FINISHED, False, message)
    assert run.submission.reason == message
    assert Event.objects.filter(submission=run.submission).last().data["reason"] == message
    assert on_board() == [2.0]


def test_each_run_is_compared_with_the_best_that_was_released(scored):
    released = [scored(error).released for error in (3.0, 2.75, 2.0, 1.75, 2.5, 1.25)]
    assert released == [True, False, True, False, False, True]
    assert on_board() == [1.25]


def test_one_author_s_runs_are_no_measure_for_another(scored, outsider):
    scored(1.0)
    assert scored(5.0, account=outsider).released
    assert on_board() == [1.0, 5.0]


def test_archiving_the_best_run_shows_no_more_of_the_others(scored):
    best = scored(1.0)
    other = scored(1.25)
    archive_submission(best.submission)
    other.refresh_from_db()
    assert (other.released, Entry.objects.count()) == (False, 0)
    # What was shown once is still what a run is measured by.
    assert not scored(1.1).released


def test_final_scores_do_not_decide_what_is_released(scored):
    scored(1.0, final=9.0)
    assert not scored(1.0, final=0.0).released
    assert scored(0.25, final=50.0).released


def test_a_failed_run_is_no_measure(scored):
    run = scored(None)
    assert (run.status, run.released) == (Status.FAILED, False)
    assert run.reason == run.submission.reason == "No hidden file has a score: error."
    assert scored(4.0).released


@pytest.mark.databases
def test_of_two_equal_runs_that_finish_at_once_one_is_released(
    organiser, participant, real_engine, tiny_algorithm, settings
):
    settings.SHARDS = 1
    version = stored_version(organiser, disclosure={"release": "improvement"})
    for name in "ab":
        started_run(version, participant, tiny_algorithm(notes__txt=name))
    claims = [claim(Shard.objects.order_by("id"), "one") for _ in range(2)]
    for held in claims:
        record(held, {Part.HIDDEN: 1.0, Part.FINAL: 1.0})

    def end(held):
        try:
            finish_shard(held)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(end, held) for held in claims]:
            running.result()
    assert sorted(Run.objects.values_list("released", flat=True)) == [False, True]
    assert Entry.objects.get().run_id == Run.objects.get(released=True).pk
