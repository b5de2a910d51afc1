"""Who may read a file is sent on to the bucket; nobody else is."""

from collections.abc import Callable
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import Settings

from services.bucket import use_storage
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, PublicPart
from valhub.analyses.public_files import PublicFile, StoredCopy
from valhub.cloud.storage import delete_file, store_file
from valhub.jobs.models import Submission

As = Callable[[Account | None], Client]


@pytest.fixture
def submission(participant: Account, organiser: Account) -> Submission:
    """A submission whose archive is in the bucket."""
    pk = uuid4()
    key = store_file(f"submission_files/submission_{pk}.zip", ContentFile(b"PK algorithm"))
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    return Submission.objects.create(
        pk=pk, analysis=analysis, created_by=participant, algorithm=key
    )


def ask(as_: As, account: Account | None, submission: Submission) -> Any:
    return as_(account).get(f"/files/{submission.algorithm}")


def test_author_is_sent_on_to_the_bucket(as_: As, submission: Submission) -> None:
    answer = ask(as_, submission.created_by, submission)
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "no-store"
    with urlopen(answer["Location"], timeout=120) as sent:
        assert sent.read() == b"PK algorithm"


def test_a_public_file_comes_from_the_bucket_under_its_own_name(
    as_: As, organiser: Account
) -> None:
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    version = AnalysisVersion.objects.create(analysis=analysis, number=1, archive="a.zip")
    Analysis.objects.update(current_version=version)
    name = 'Dach "ü".csv'
    data, truth, archive = (
        StoredCopy(store_file(f"public_files/1-{n}.csv", ContentFile(b"x,y")), name, 3, "a" * 64)
        for n in range(3)
    )
    files = [PublicFile("a.csv", {}, data, truth).document()]
    PublicPart.objects.create(
        version=version, archive=archive.key, archive_size=archive.size, files=files
    )
    address = f"/analyses/{analysis.pk}/files/a.csv"
    answer = as_(None).get(address)
    assert answer.status_code == 302
    with urlopen(answer["Location"], timeout=120) as sent:
        assert sent.read() == b"x,y"
        assert sent.headers["Content-Type"] == "text/csv; charset=utf-8"
        disposition = "attachment; filename*=utf-8''Dach%20%22%C3%BC%22.csv"
        assert sent.headers["Content-Disposition"] == disposition
    # Who has it already is not sent on, and a hidden file is nowhere.
    assert as_(None).get(address, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert as_(None).get(f"/analyses/{analysis.pk}/files/b.csv").status_code == 404


def test_nobody_else_is(as_: As, submission: Submission, outsider: Account) -> None:
    for account, status in ((outsider, 404), (None, 401)):
        answer = ask(as_, account, submission)
        assert answer.status_code == status
        assert "Location" not in answer


def test_file_that_was_lost_is_not_there(as_: As, submission: Submission) -> None:
    delete_file(submission.algorithm)
    assert ask(as_, submission.created_by, submission).status_code == 404


def test_bucket_that_is_away_is_told(
    as_: As, submission: Submission, settings: Settings, unreachable: str
) -> None:
    use_storage(settings, unreachable)
    answer = ask(as_, submission.created_by, submission)
    assert (answer.status_code, answer.json()["code"]) == (503, "storage-unreachable")
