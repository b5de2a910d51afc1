"""People and workers at once: no database has to end anybody's transaction for another's sake."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection

from tests.jobs.either_kind import EITHER, evaluate
from valhub.analyses.models import Analysis, AnalysisVersion, PackageKind
from valhub.errors import ValhubError
from valhub.jobs.models import Preparation, Run, Shard, Submission, Work
from valhub.jobs.services import run_ends
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.submission_changes import (
    archive_submission,
    cancel_submission,
    rerun_submission,
)
from valhub.leaderboards.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 30


def work(chance):
    """Do the next shard as a worker does."""
    held = claim(Shard.objects.order_by("turn", "id"), "one")
    if held is None:
        return
    with suppress(LostLease):
        evaluate(held, chance.random())
        finish_shard(held)


def change(chance):
    """Do what an author may do, to anybody's submission."""
    pk = chance.choice(list(Submission.objects.values_list("pk", flat=True)))
    ask = chance.choice([cancel_submission, rerun_submission, archive_submission])
    with suppress(ValhubError):
        ask(Submission.objects.get(pk=pk))


def at_once(deeds, caplog):
    """Do things in threads; nothing has to be done again."""
    with caplog.at_level("INFO"), ThreadPoolExecutor(len(deeds)) as pool:
        for done in [pool.submit(deed) for deed in deeds]:
            done.result()
    assert "transaction_again" not in caplog.text


@pytest.fixture(params=PackageKind)
def tiny_version(request, tiny_version):
    """One of each kind: boards of script packages learn their columns from the results."""
    if request.param == PackageKind.SCRIPT:
        AnalysisVersion.objects.update(kind=PackageKind.SCRIPT, columns=[])
    return tiny_version


@pytest.fixture
def people(submit, participant, outsider, settings):
    """Two accounts with more submissions than may run at once; gives what submits once more."""
    settings.QUOTA_RUNNING = settings.QUOTA_TOTAL = settings.QUOTA_PER_DAY = 1000
    Preparation.objects.update(state=Work.DONE)
    Analysis.objects.update(max_concurrent_submission_evaluation=3)

    def hand_in_again(chance):
        submit(EITHER, account=chance.choice([participant, outsider]))

    for seed in range(8):
        hand_in_again(random.Random(seed))
    return hand_in_again


@pytest.mark.slow
def test_nobody_waits_for_somebody_who_waits_for_them(people, caplog):
    def go(seed, do):
        chance = random.Random(seed)
        try:
            for _ in range(TIMES):
                do(chance)
        finally:
            connection.close()

    deeds = [people, work, change, work, change, work, change]
    at_once([partial(go, seed, do) for seed, do in enumerate(deeds)], caplog)
    assert Run.objects.exclude(finished_at=None).count() > 5


def test_the_first_two_runs_of_a_version_end_at_once(people, caplog, monkeypatch):
    last = {}
    while len(last) < 2 or Shard.objects.filter(run__in=last, state=Work.QUEUED).exists():
        held = claim(Shard.objects.order_by("run", "id"), "one")
        evaluate(held, 1.0)
        last[held.work.run_id] = held
    both = threading.Barrier(2)

    def meet(run):
        """Wait for the other one, unless a lock keeps it from coming this far."""
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)

    def finish(held):
        try:
            finish_shard(held)
        finally:
            connection.close()

    monkeypatch.setattr(run_ends, "count_run_end", meet)
    at_once([partial(finish, held) for held in last.values()], caplog)
    assert Entry.objects.count() == 2
