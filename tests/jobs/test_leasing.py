"""Claims, renewals and fencing, on rows of a real database."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from valhub.jobs.models import Preparation, Shard, Work
from valhub.jobs.services import leasing
from valhub.jobs.services.leasing import Claim, LostLease, claim, count_death, expired

pytestmark = pytest.mark.django_db(transaction=True)


def claim_next(owner: str = "one") -> Claim[Shard]:
    claimed = claim(Shard.objects.order_by("turn", "id"), owner)
    assert claimed is not None
    return claimed


def expire(held: Claim[Shard]) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Shard.objects.filter(pk=held.work.pk).update(lease_until=past)


def test_claim_takes_the_lowest_turn_and_names_its_owner(make_run, participant):
    make_run(participant)
    held = claim_next("someone")
    shard = Shard.objects.get(pk=held.work.pk)
    assert (shard.ordinal, shard.owner, shard.state) == (0, "someone", Work.LEASED)


def test_two_claims_never_get_the_same_work(make_run, participant):
    make_run(participant)
    claims = [claim_next(str(i)) for i in range(Shard.objects.count())]
    assert len({held.work.pk for held in claims}) == len(claims)
    assert claim(Shard.objects.order_by("turn"), "late") is None


def test_lease_ends_in_the_future_of_the_database(make_run, participant, settings):
    make_run(participant)
    shard = Shard.objects.get(pk=claim_next().work.pk)
    left = (shard.lease_until - timezone.now()).total_seconds()
    assert settings.LEASE_S - 5 < left <= settings.LEASE_S + 1


def test_whoever_lost_the_lease_may_not_write(make_run, participant):
    make_run(participant)
    late = claim_next("late")
    expire(late)
    count_death(Shard.objects.get(pk=late.work.pk))
    again = claim_next("new")
    assert again.work.pk == late.work.pk
    for write in (late.renew, late.end):
        with pytest.raises(LostLease):
            write()
    again.end()


def test_work_given_back_is_queued_at_once_and_counts_no_death(make_run, participant):
    make_run(participant)
    held = claim_next()
    held.give_back()
    shard = Shard.objects.get(pk=held.work.pk)
    assert (shard.state, shard.deaths, shard.owner) == (Work.QUEUED, 0, "")


def test_only_leases_that_ran_out_are_expired(make_run, participant):
    make_run(participant)
    fresh, stale = claim_next(), claim_next()
    expire(stale)
    assert [shard.pk for shard in expired(Shard)] == [stale.work.pk]
    assert fresh.work.pk != stale.work.pk


def claim_shard(ordinal: int) -> Claim[Shard]:
    claimed = claim(Shard.objects.filter(ordinal=ordinal), "one")
    assert claimed is not None
    return claimed


def die(*held: Claim[Shard]) -> list[bool]:
    """Count the deaths of some holders; whether the work is done again."""
    return [count_death(Shard.objects.get(pk=one.work.pk)) for one in held]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_run_is_given_up_at_its_last_death_and_not_before(make_run, participant, settings, most):
    settings.MAX_DEATHS = most
    make_run(participant)
    for _ in range(most - 1):
        assert die(claim_shard(0)) == [True]
        assert Shard.objects.get(ordinal=0).state == Work.QUEUED
    assert die(claim_shard(0)) == [False]
    last = Shard.objects.get(ordinal=0)
    assert (last.state, last.deaths) == (Work.FAILED, most)


def test_deaths_of_a_run_are_counted_over_all_of_its_shards(make_run, participant, settings):
    settings.MAX_DEATHS = 3
    make_run(participant)
    assert [die(claim_shard(ordinal)) for ordinal in range(3)] == [[True], [True], [False]]


def test_deaths_of_another_run_are_not_counted(make_run, participant, settings):
    settings.MAX_DEATHS = 2
    first, second = make_run(participant), make_run(participant)
    for run in (first, second):
        held = claim(Shard.objects.filter(run=run), "one")
        assert die(held) == [True]


def test_workers_that_are_lost_together_are_one_death(make_run, participant, settings):
    settings.MAX_DEATHS = 2
    make_run(participant)
    all_at_once = [claim_shard(ordinal) for ordinal in range(3)]
    # On a fast machine the three claims and the first death are within one tick of SQLite's clock.
    Shard.objects.update(progressed_at=timezone.now() - timedelta(seconds=1))
    assert die(*all_at_once) == [True] * 3
    assert not Shard.objects.exclude(state=Work.QUEUED).exists()
    assert die(claim_shard(2)) == [False]


def test_shards_that_die_in_turn_hide_no_deaths_for_ever(make_run, participant, settings):
    settings.MAX_DEATHS = 3
    make_run(participant)
    first, second = claim_shard(0), claim_shard(1)
    lost = 0
    while die(first) == [True] and lost < 20:
        first, second = second, claim_shard(0 if first.work.ordinal == 0 else 1)
        lost += 1
    # Each death that counts hides at most the one of the other worker.
    assert lost < 2 * settings.MAX_DEATHS
    assert Shard.objects.aggregate(deaths=Sum("deaths")) == {"deaths": 3}


def test_progress_at_the_moment_of_a_death_is_not_before_it(make_run, participant, settings):
    settings.MAX_DEATHS = 2
    make_run(participant)
    first, second = claim_shard(0), claim_shard(1)
    assert die(first) == [True]
    moment = Shard.objects.get(ordinal=0).died_at
    Shard.objects.filter(ordinal=1).update(progressed_at=moment)
    assert die(second) == [False]


def test_work_given_back_hides_no_death(make_run, participant, settings):
    settings.MAX_DEATHS = 2
    make_run(participant)
    assert die(claim_shard(0)) == [True]
    other = claim_shard(1)
    claim_shard(0).give_back()
    assert die(other) == [False]


def test_a_preparation_is_given_up_at_its_last_death(version, settings):
    settings.MAX_DEATHS = 2
    Preparation.objects.update(state=Work.QUEUED)
    for again in (True, False):
        held = claim(Preparation.objects.all(), "one")
        assert count_death(Preparation.objects.get(pk=held.work.pk)) == again
    assert Preparation.objects.get().state == Work.FAILED


def test_count_death_leaves_a_new_holder_alone(make_run, participant):
    make_run(participant)
    held = claim_next()
    seen = Shard.objects.get(pk=held.work.pk)
    held.give_back()
    newer = claim_next("newer")
    count_death(seen)
    newer.renew()


def test_count_death_leaves_a_holder_alone_who_renewed_meanwhile(make_run, participant):
    make_run(participant)
    held = claim_next()
    expire(held)
    seen = Shard.objects.get(pk=held.work.pk)
    held.renew()
    assert count_death(seen)
    assert Shard.objects.get(pk=held.work.pk).deaths == 0
    held.renew()


@pytest.fixture
def notified(monkeypatch):
    """The work for which workers were woken."""
    works = []
    monkeypatch.setattr(leasing, "notify_workers_of", works.append)
    return works


def test_a_claim_holds_its_own_row_alone(make_run, participant):
    make_run(participant)
    first, second = claim_next(), claim_next()
    assert first.attempt == second.attempt
    first.end()
    second.renew()


def test_a_renewed_lease_ends_in_the_future(make_run, participant):
    make_run(participant)
    held = claim_next()
    for renew in (held.renew, held.progress):
        expire(held)
        renew()
        assert Shard.objects.get(pk=held.work.pk).lease_until > timezone.now()


@pytest.mark.parametrize("state", [Work.DONE, Work.FAILED])
def test_work_that_has_ended_is_nobodys(make_run, participant, state):
    make_run(participant)
    held = claim_next()
    held.end(state)
    shard = Shard.objects.get(pk=held.work.pk)
    assert (shard.state, shard.owner, shard.lease_until) == (state, "", None)
    with pytest.raises(LostLease):
        held.renew()


def test_work_that_has_ended_does_not_expire(make_run, participant):
    make_run(participant)
    held = claim_next()
    expire(held)
    Shard.objects.filter(pk=held.work.pk).update(state=Work.DONE)
    assert not expired(Shard).exists()


def test_work_given_back_wakes_workers_unless_it_was_lost(make_run, participant, notified):
    make_run(participant)
    held = claim_next()
    held.give_back()
    held.give_back()
    assert notified == [held.work]


def test_a_death_wakes_workers_only_when_the_work_is_queued_again(
    make_run, participant, notified, settings
):
    make_run(participant)
    seen = Shard.objects.get(pk=claim_next().work.pk)
    count_death(seen)
    count_death(seen)
    assert notified == [seen]
    settings.MAX_DEATHS = 2
    assert not count_death(Shard.objects.get(pk=claim_next().work.pk))
    assert notified == [seen]


@pytest.mark.parametrize("change", [{"attempt": 9}, {"state": Work.DONE}])
def test_a_death_of_work_that_has_changed_is_not_counted(make_run, participant, change):
    make_run(participant)
    seen = Shard.objects.get(pk=claim_next().work.pk)
    Shard.objects.filter(pk=seen.pk).update(**change)
    assert count_death(seen)
    assert Shard.objects.get(pk=seen.pk).deaths == 0


def test_a_death_is_counted_for_one_row_alone(make_run, participant):
    make_run(participant)
    seen, other = claim_next().work, claim_next().work
    Shard.objects.update(lease_until=timezone.now())
    count_death(Shard.objects.get(pk=seen.pk))
    assert Shard.objects.get(pk=other.pk).deaths == 0


class ReadEarlier:
    """Work as it was read, while others have changed it since."""

    model = Shard

    def __init__(self):
        self.rows = list(Shard.objects.order_by("turn", "id"))

    def filter(self, **_):
        return self.rows


def test_work_that_changed_since_it_was_read_is_not_claimed(make_run, participant):
    make_run(participant)
    seen = ReadEarlier()
    first, second, third, *_ = seen.rows
    Shard.objects.filter(pk=first.pk).update(attempt=5)
    Shard.objects.filter(pk=second.pk).update(state=Work.CANCELLED)
    assert claim(seen, "one").work == third


def test_a_claim_counts_as_progress(make_run, participant):
    make_run(participant)
    Shard.objects.update(progressed_at=None)
    assert Shard.objects.get(pk=claim_next().work.pk).progressed_at is not None
