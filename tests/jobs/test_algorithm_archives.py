"""An algorithm's archive is fetched once, and is always what was submitted."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from valhub.accounts.models import Account
from valhub.cloud.errors import FileAltered
from valhub.cloud.storage import delete_file, store_file
from valhub.jobs.models import Run, Submission
from valhub.jobs.worker.algorithm_archives import algorithm_archive

CONTENT = b"PK algorithm"


@pytest.fixture
def submission(make_run: Callable[[Account], Run], participant: Account) -> Submission:
    """A submission whose archive is stored."""
    submission = make_run(participant).submission
    submission.algorithm = store_file("submission_files/one.zip", ContentFile(CONTENT))
    submission.archive_sha256 = hashlib.sha256(CONTENT).hexdigest()
    return submission


def read(submission: Submission) -> bytes:
    with algorithm_archive(submission) as archive:
        return archive.read_bytes()


def test_archive_is_fetched_once(submission: Submission, hub_data: Path) -> None:
    assert read(submission) == CONTENT
    delete_file(submission.algorithm)
    assert read(submission) == CONTENT
    kept = [path.name for path in (hub_data / "cache/archives").iterdir()]
    assert kept == [f"{submission.archive_sha256}.zip"]


def test_archive_that_the_disk_changed_is_fetched_again(submission: Submission) -> None:
    with algorithm_archive(submission) as archive:
        archive.write_bytes(b"PK other")
    assert read(submission) == CONTENT


def test_archive_that_was_altered_in_the_storage_is_not_used(submission: Submission) -> None:
    delete_file(submission.algorithm)
    store_file(submission.algorithm, ContentFile(b"PK other"))
    with pytest.raises(FileAltered):
        read(submission)


def test_archive_that_is_gone_is_told(submission: Submission) -> None:
    delete_file(submission.algorithm)
    with pytest.raises(FileNotFoundError):
        read(submission)
