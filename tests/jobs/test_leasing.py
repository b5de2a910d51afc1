"""Claims, renewals and fencing, on rows of a real database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from valhub.jobs.models import Preparation, Shard, Work
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
