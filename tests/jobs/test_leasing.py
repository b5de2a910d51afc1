"""Claims, renewals and fencing, on rows of a real database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from valhub.jobs.models import Shard, Work
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


def test_work_that_keeps_killing_is_given_up(make_run, participant, settings):
    make_run(participant)
    for death in range(settings.MAX_DEATHS):
        held = claim_next()
        again = count_death(Shard.objects.get(pk=held.work.pk))
        assert again == (death + 1 < settings.MAX_DEATHS)
    assert Shard.objects.get(pk=held.work.pk).state == Work.FAILED


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
