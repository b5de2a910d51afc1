from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from valhub.accounts.models import Account
from valhub.jobs.models import Run, Shard, Status, Tally
from valhub.jobs.selectors.metrics import run_durations
from valhub.jobs.services.leasing import claim, count_death
from valhub.jobs.services.run_ends import cancel_run, fail_run
from valhub.jobs.services.tallies import count_run_end

pytestmark = pytest.mark.django_db(transaction=True)

MakeRun = Callable[[Account], Run]


def tallied() -> set[tuple[str, str, int, int]]:
    return set(Tally.objects.values_list("what", "kind", "within_s", "count"))


def end(run: Run, after: timedelta, verdict: str = "scored") -> None:
    now = timezone.now()
    ended = {"status": Status.FINISHED, "verdict": verdict, "finished_at": now}
    Run.objects.filter(pk=run.pk).update(started_at=now - after, **ended)
    count_run_end(run)


@pytest.mark.parametrize(
    ("seconds", "within_s"), [(0, 5), (5, 5), (6, 15), (299, 300), (10**6, 2**31 - 1)]
)
def test_a_run_is_counted_by_how_long_it_took(
    make_run: MakeRun, participant: Account, seconds: int, within_s: int
) -> None:
    end(make_run(participant), timedelta(seconds=seconds))
    assert tallied() == {("finished", "scored", within_s, 1)}


def test_runs_that_end_alike_add_up(make_run: MakeRun, participant: Account) -> None:
    for seconds in (20, 40):
        end(make_run(participant), timedelta(seconds=seconds))
    (durations,) = run_durations()
    assert tallied() == {("finished", "scored", 60, 2)}
    assert durations.total_s == pytest.approx(60)


def test_a_run_that_never_began_has_no_duration(make_run: MakeRun, participant: Account) -> None:
    cancel_run(make_run(participant))
    fail_run(make_run(participant), "It was given up.", our_fault=True)
    assert tallied() == {("cancelled", "", 0, 1), ("failed", "", 0, 1)}
    assert run_durations() == []


def test_an_end_that_is_taken_back_is_not_counted(make_run: MakeRun, participant: Account) -> None:
    with transaction.atomic():
        cancel_run(make_run(participant))
        transaction.set_rollback(True)
    assert tallied() == set()


def test_a_lease_that_is_lost_is_counted_once(make_run: MakeRun, participant: Account) -> None:
    make_run(participant)
    held = claim(Shard.objects.order_by("id"), "a worker")
    assert held is not None
    seen = Shard.objects.get(pk=held.work.pk)
    count_death(seen)
    count_death(seen)
    assert tallied() == {("lease_lost", "shard", 0, 1)}
