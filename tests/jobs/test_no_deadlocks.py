"""People and workers at once: no database has to end anybody's transaction for another's sake."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connection
from django.utils import timezone

from valhub.accounts.problems import Problem
from valhub.analyses.models import Analysis
from valhub.evaluation.results import FileResult as EngineResult
from valhub.evaluation.results import Verdict
from valhub.jobs.models import Preparation, Run, Shard, Submission, Work
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.submitting import archive_submission, cancel_submission, run_again

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 30


def work(chance):
    """Do the next shard as a worker does."""
    held = claim(Shard.objects.order_by("turn", "id"), "one")
    if held is None:
        return
    run = Run.objects.get(pk=held.work.run_id)
    mark_started(run, timezone.now())
    with suppress(LostLease):
        for file in run.version.files.filter(pk__in=held.work.files):
            metrics = {"absolute_error_azimuth": chance.random(), "runtime": 0.1}
            record_file_result(held, file.pk, EngineResult(file.name, Verdict.SCORED, "", metrics))
        finish_shard(held)


def change(chance):
    """Do what an author may do, to anybody's submission."""
    pk = chance.choice(list(Submission.objects.values_list("pk", flat=True)))
    ask = chance.choice([cancel_submission, run_again, archive_submission])
    with suppress(Problem):
        ask(Submission.objects.get(pk=pk))


@pytest.fixture
def people(hand_in, participant, outsider, settings):
    """Two who have handed in more than may run at once; gives what hands in once more."""
    settings.QUOTA_RUNNING = settings.QUOTA_TOTAL = settings.QUOTA_PER_DAY = 1000
    Preparation.objects.update(state=Work.DONE)
    Analysis.objects.update(max_concurrent_submission_evaluation=3)

    def hand_in_again(chance):
        hand_in(account=chance.choice([participant, outsider]))

    for seed in range(8):
        hand_in_again(random.Random(seed))
    return hand_in_again


def test_nobody_waits_for_somebody_who_waits_for_them(people, caplog):
    def go(seed, do):
        chance = random.Random(seed)
        try:
            for _ in range(TIMES):
                do(chance)
        finally:
            connection.close()

    with caplog.at_level("INFO"), ThreadPoolExecutor(7) as pool:
        deeds = [people, work, change, work, change, work, change]
        for done in [pool.submit(go, seed, do) for seed, do in enumerate(deeds)]:
            done.result()
    assert "transaction_again" not in caplog.text
    assert Run.objects.exclude(finished_at=None).count() > 5
