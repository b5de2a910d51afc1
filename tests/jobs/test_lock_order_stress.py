"""People and workers at once, on real databases: nobody is ever told of a deadlock."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from valhub.accounts.problems import Problem
from valhub.evaluation.results import FileResult as EngineResult
from valhub.evaluation.results import Verdict
from valhub.jobs.models import Preparation, Shard, Submission, Work, Run
from valhub.jobs.services.finishing import finish_shard
from valhub.jobs.services.leasing import LostLease, claim
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.submitting import archive_submission, cancel_submission, run_again

pytestmark = pytest.mark.django_db(transaction=True)


def work(chance):
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
    pk = chance.choice(list(Submission.objects.values_list("pk", flat=True)))
    one = chance.choice([cancel_submission, run_again, archive_submission])
    with suppress(Problem):
        one(Submission.objects.get(pk=pk))


def test_nobody_is_told_of_a_deadlock(hand_in, tiny_version, participant, outsider, settings):
    settings.QUOTA_RUNNING = settings.QUOTA_TOTAL = settings.QUOTA_PER_DAY = 1000
    Preparation.objects.update(state=Work.DONE)
    tiny_version.analysis.max_concurrent_submission_evaluation = 3
    tiny_version.analysis.save()
    for _ in range(6):
        hand_in()
        hand_in(account=outsider)

    def go(seed):
        chance = random.Random(seed)
        try:
            for _ in range(60):
                try:
                    if seed == 0:
                        hand_in(account=chance.choice([participant, outsider]))
                    else:
                        (work if seed % 2 else change)(chance)
                except Exception as error:
                    return repr(error)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(go, range(8))) == [None] * 8
    print(dict((s, Run.objects.filter(status=s).count()) for s in ("finished", "cancelled", "failed", "running", "submitted")))
