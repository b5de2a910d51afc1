"""Workers need nothing but the bucket, and say truly what is wrong with it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from services.bucket import BUCKET, keys, use_storage
from tests.jobs.conftest import run_worker_in_a_thread
from valhub.jobs.models import Preparation, Shard, Status, Submission

pytestmark = pytest.mark.django_db(transaction=True)
Submit = Callable[..., Submission]
DoWork = Callable[..., None]


@pytest.fixture
def submission(submit: Submit, settings: Settings, other_machine: Path) -> Submission:
    """Handed in on one machine, to be evaluated on another."""
    submission = submit()
    settings.ENGINE_CACHE = other_machine
    return submission


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_submission_is_evaluated_where_only_the_bucket_is(
    submission: Submission, work: DoWork, s3: Any, other_machine: Path
) -> None:
    assert keys(s3) == [
        f"evaluation_scripts/analysis_{submission.analysis_id}.zip",
        f"submission_files/submission_{submission.pk}.zip",
    ]
    work()
    submission.refresh_from_db()
    assert submission.status == Status.FINISHED, submission.reason
    kept = (len(list((other_machine / name).glob("[!.]*"))) for name in ("packages", "archives"))
    assert list(kept) == [1, 1]


def test_algorithm_that_is_gone_is_our_fault_in_the_end(
    submission: Submission, work: DoWork, s3: Any
) -> None:
    s3.delete_object(Bucket=BUCKET, Key=submission.algorithm)
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "is missing. The hub's administrator" in submission.reason
    assert set(Shard.objects.values_list("deaths", flat=True)) <= {0, 3}


def test_altered_algorithm_is_not_run(submission: Submission, work: DoWork, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=submission.algorithm, Body=b"PK other")
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "not what was stored" in submission.reason


def test_altered_package_is_not_used(submission: Submission, work: DoWork, s3: Any) -> None:
    key = f"evaluation_scripts/analysis_{submission.analysis_id}.zip"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"PK other")
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "staff can read why" in submission.reason
    assert "not what was uploaded" in Preparation.objects.get().reason


def test_bucket_that_stays_away_is_our_fault_in_the_end(
    submission: Submission, work: DoWork, settings: Settings, unreachable: str
) -> None:
    use_storage(settings, unreachable)
    work()
    submission.refresh_from_db()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "staff can read why" in submission.reason
    assert "does not answer" in Preparation.objects.get().reason


def test_bucket_that_comes_back_in_time_costs_nothing(
    submission: Submission, settings: Settings, unreachable: str, bucket_url: str
) -> None:
    settings.MAX_DEATHS = 1000
    use_storage(settings, unreachable)
    stop = threading.Event()
    worker = threading.Thread(target=run_worker_in_a_thread, args=(stop, "worker"))
    worker.start()
    try:
        wait_for(lambda: Preparation.objects.filter(deaths__gte=1).exists())
        use_storage(settings, bucket_url)
        wait_for(lambda: Submission.objects.get(pk=submission.pk).status == Status.FINISHED)
    finally:
        stop.set()
        worker.join()
