"""What cannot be stored just now is refused with the reason, and leaves nothing behind."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from services.aws import Aws
from services.bucket import keys, use_storage
from services.lost_answers import losing_answers
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.cloud import s3 as hub_s3
from valhub.cloud.errors import StorageUnreachable
from valhub.cloud.storage import open_file, store_file
from valhub.jobs.models import Submission
from valhub.jobs.services import new_submissions

pytestmark = pytest.mark.django_db(transaction=True)
As = Callable[[Account | None], Client]


def refused(answer: Any, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0
    assert "127.0.0.1" not in answer.json()["detail"]


@pytest.fixture
def publish(as_: As, organiser: Account, script_example: tuple[bytes, bytes]) -> Callable[[], Any]:
    """Publishes an analysis through the documented route."""

    def publish() -> Any:
        fields = {"user_id": str(organiser.pk), "analysis_name": "New"}
        texts = ("description", "short_description", "ruleset", "dataset_description")
        fields |= dict.fromkeys(texts, "text")
        upload = SimpleUploadedFile("package.zip", script_example[0])
        path = "/analysis/upload"
        return as_(organiser).post(path, {**fields, "evaluation_script": upload})

    return publish


@pytest.fixture
def submit(
    as_: As, participant: Account, script_example: tuple[bytes, bytes]
) -> Callable[[Analysis], Any]:
    """Submits an algorithm through the documented route."""

    def submit(analysis: Analysis) -> Any:
        upload = SimpleUploadedFile("algorithm.zip", script_example[1])
        path = f"/jobs/analysis/{analysis.pk}/submission"
        return as_(participant).post(path, {"user_id": str(participant.pk), "algorithm": upload})

    return submit


def test_analysis_that_cannot_be_stored_is_refused_whole(
    publish: Callable[[], Any], settings: Settings, unreachable: str, bucket_url: str
) -> None:
    use_storage(settings, unreachable)
    refused(publish(), "storage-unreachable")
    assert not Analysis.objects.exists()
    use_storage(settings, bucket_url)
    assert publish().status_code == 200
    assert AnalysisVersion.objects.get().archive


def test_algorithm_that_cannot_be_stored_is_refused_whole(
    publish: Callable[[], Any],
    submit: Callable[[Analysis], Any],
    settings: Settings,
    unreachable: str,
    bucket_url: str,
    s3: Any,
) -> None:
    publish()
    stored = keys(s3)
    use_storage(settings, unreachable)
    refused(submit(Analysis.objects.get()), "storage-unreachable")
    assert not Submission.objects.exists()
    use_storage(settings, bucket_url)
    assert keys(s3) == stored
    assert submit(Analysis.objects.get()).status_code == 200


def test_lost_answer_leaves_one_archive(
    publish: Callable[[], Any],
    submit: Callable[[Analysis], Any],
    script_example: tuple[bytes, bytes],
    settings: Settings,
    bucket_url: str,
    aws: Aws,
    s3: Any,
) -> None:
    publish()
    stored = keys(s3)
    with losing_answers(aws.url, times=1) as address:
        use_storage(settings, bucket_url.replace(aws.url, address))
        assert submit(Analysis.objects.get()).status_code == 200
        submission = Submission.objects.get()
        with open_file(submission.algorithm) as file:
            assert file.read() == script_example[1]
    assert sorted(keys(s3)) == sorted([*stored, submission.algorithm])


def test_refused_algorithm_whose_answers_were_lost_leaves_nothing(
    publish: Callable[[], Any],
    submit: Callable[[Analysis], Any],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    bucket_url: str,
    aws: Aws,
    s3: Any,
) -> None:
    publish()
    stored = keys(s3)
    monkeypatch.setattr(hub_s3, "_ATTEMPTS", 1)
    with losing_answers(aws.url) as address:
        use_storage(settings, bucket_url.replace(aws.url, address))
        refused(submit(Analysis.objects.get()), "storage-unreachable")
    assert not Submission.objects.exists()
    assert keys(s3) == stored


def test_archive_of_a_submission_that_the_sweeper_completed_stays(
    publish: Callable[[], Any],
    submit: Callable[[Analysis], Any],
    monkeypatch: pytest.MonkeyPatch,
    s3: Any,
) -> None:
    def store_and_lose_the_answer(key: str, upload: Any) -> str:
        store_file(key, upload)
        new_submissions.complete_submission(Submission.objects.get(algorithm=key))
        raise StorageUnreachable

    publish()
    monkeypatch.setattr(new_submissions, "store_file", store_and_lose_the_answer)
    refused(submit(Analysis.objects.get()), "storage-unreachable")
    assert Submission.objects.get().algorithm in keys(s3)


def test_bucket_that_is_gone_is_told(publish: Callable[[], Any], s3: Any, bucket: str) -> None:
    s3.delete_bucket(Bucket=bucket)
    refused(publish(), "bucket-missing")
    assert not Analysis.objects.exists()
