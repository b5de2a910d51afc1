"""A worker leaves alone what its machine has too little memory for, and says so."""

import threading
import time
from types import SimpleNamespace

import pytest

from valhub.analyses.models import AnalysisVersion
from valhub.jobs.models import Shard, Work, Worker
from valhub.jobs.services.queueing import claim_shard, shards_of
from valhub.jobs.services.spreading import spread
from valhub.jobs.worker import loop
from valhub.jobs.worker.heartbeat import Heartbeat

pytestmark = pytest.mark.django_db(transaction=True)

GIB = 1024**3


@pytest.mark.parametrize(
    ("asked", "held", "is_claimed"),
    [
        (0, GIB, True),
        (4 * GIB, 4 * GIB, True),
        (4 * GIB + 1, 4 * GIB, False),
        (8 * GIB, 4 * GIB, False),
        (8 * GIB, None, True),
    ],
)
def test_a_worker_claims_what_its_machine_holds(make_run, participant, asked, held, is_claimed):
    AnalysisVersion.objects.update(memory_bytes=asked)
    make_run(participant)
    assert (claim_shard("small-1", memory_bytes=held) is not None) == is_claimed


def test_a_worker_takes_nothing_over_that_its_machine_cannot_hold(make_run, participant):
    AnalysisVersion.objects.update(memory_bytes=8 * GIB)
    make_run(participant)
    assert claim_shard("large-1") is not None
    assert spread("small-1", shards_of(None, memory_bytes=4 * GIB)) is None


def assignment(short):
    context = SimpleNamespace(short_memory_bytes=short, stay_with=None, store="a" * 32)
    return loop._Assignment(context, Heartbeat("small-1"), threading.Event(), None)


def test_a_worker_says_what_it_leaves_alone(make_run, participant):
    AnalysisVersion.objects.update(memory_bytes=8 * GIB)
    make_run(participant)
    small = assignment(4 * GIB)
    assert not loop._do_next(small)
    assert small.heartbeat.trouble == (
        "Runs wait for a worker with 8 GiB of memory; this machine has 4 GiB. "
        "Start a worker on a larger machine, or lower VALHUB_MAX_MEMORY_BYTES."
    )
    Shard.objects.update(state=Work.DONE)
    assert not loop._do_next(small)
    assert small.heartbeat.trouble == ""


def test_a_worker_whose_disk_is_nearly_full_claims_nothing(make_run, participant, settings):
    make_run(participant)
    settings.RESERVED_BYTES = 2**60
    full = assignment(None)
    assert not loop._do_next(full)
    assert "The disk of the cache is nearly full." in full.heartbeat.trouble
    assert set(Shard.objects.values_list("state", flat=True)) == {Work.QUEUED}
    assert set(Shard.objects.values_list("deaths", flat=True)) == {0}
    settings.RESERVED_BYTES = 1
    Shard.objects.update(state=Work.DONE)
    assert not loop._do_next(full)
    assert full.heartbeat.trouble == ""


@pytest.mark.slow
def test_the_workers_row_says_it_too(make_run, participant):
    AnalysisVersion.objects.update(memory_bytes=8 * GIB)
    make_run(participant)
    small = assignment(4 * GIB)
    loop._do_next(small)
    small.heartbeat.start()
    deadline = time.monotonic() + 120
    while not Worker.objects.exclude(trouble="").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    small.heartbeat.end()
