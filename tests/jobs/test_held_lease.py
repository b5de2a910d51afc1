"""How a worker keeps what it holds while it is busy, and when it lets go."""

import threading
import time

import pytest

from valhub.evaluation.execution.ticks import Ticks
from valhub.jobs.models import Shard, Work
from valhub.jobs.services.leasing import claim
from valhub.jobs.worker import held_lease
from valhub.jobs.worker.held_lease import HeldLease

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(make_run, participant, settings):
    settings.LEASE_S = 1
    make_run(participant)
    return claim(Shard.objects.order_by("turn", "id"), "one")


def wait_for(done, within_s=120):
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_lease_is_renewed_while_the_work_goes_on(held):
    shard = Shard.objects.get(pk=held.work.pk)
    with HeldLease(held, threading.Event()) as lease:
        wait_for(lambda: Shard.objects.get(pk=shard.pk).lease_until > shard.lease_until)
        assert not lease.cancel.is_set()


def test_a_stopped_worker_lets_go_while_it_is_still_busy(held):
    stop = threading.Event()
    with HeldLease(held, stop) as lease:
        stop.set()
        wait_for(lambda: Shard.objects.get(pk=held.work.pk).state == Work.QUEUED)
        assert lease.cancel.is_set()
    assert Shard.objects.get(pk=held.work.pk).deaths == 0


def test_a_lost_lease_cancels_the_work_and_leaves_the_new_holder_alone(held):
    with HeldLease(held, threading.Event()) as lease:
        Shard.objects.filter(pk=held.work.pk).update(attempt=99, owner="another")
        wait_for(lease.cancel.is_set)
        assert lease.lost
    shard = Shard.objects.get(pk=held.work.pk)
    assert (shard.state, shard.owner) == (Work.LEASED, "another")


def test_nothing_is_renewed_after_the_work_is_left(held):
    lease_until = Shard.objects.values_list("lease_until", flat=True)
    before = lease_until.get(pk=held.work.pk)
    with HeldLease(held, threading.Event()):
        wait_for(lambda: lease_until.get(pk=held.work.pk) > before)
    left = lease_until.get(pk=held.work.pk)
    time.sleep(0.5)  # longer than the third of a lease after which it was renewed above
    assert lease_until.get(pk=held.work.pk) == left


def test_work_that_has_ended_is_not_renewed(held):
    with HeldLease(held, threading.Event()) as lease:
        held.end()
        wait_for(lambda: lease.lost)
    shard = Shard.objects.get(pk=held.work.pk)
    assert (shard.state, shard.lease_until) == (Work.DONE, None)


def test_time_in_which_its_process_was_stopped_is_told(held, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(held_lease, "Ticks", lambda: Ticks(lambda: now[0], lambda: 0.0))
    with HeldLease(held, threading.Event()) as lease:
        wait_for(lambda: lease._ticks._last == (0.0, 0.0))
        assert lease.lost_s == 0
        now[0] = 3600.0
        wait_for(lambda: lease.lost_s == 3600.0)
