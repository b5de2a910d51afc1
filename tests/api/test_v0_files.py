"""The addresses of archives lead to the archive, for those who may read it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, PackageKind
from valhub.cloud.storage import delete_file, store_file
from valhub.jobs.models import Submission

As = Callable[[Account | None], Client]
PACKAGE, ALGORITHM = b"PK package", b"PK algorithm"


@pytest.fixture
def version(organiser: Account) -> AnalysisVersion:
    """Give a version whose archive is stored."""
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    archive = store_file("evaluation_scripts/analysis_1.zip", ContentFile(PACKAGE))
    return AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind=PackageKind.SCRIPT, archive=archive
    )


@pytest.fixture
def submission(version: AnalysisVersion, participant: Account) -> Submission:
    """Give a submission whose archive is stored."""
    pk = uuid4()
    key = store_file(f"submission_files/submission_{pk}.zip", ContentFile(ALGORITHM))
    return Submission.objects.create(
        pk=pk, analysis=version.analysis, created_by=participant, algorithm=key
    )


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_creator_and_staff_read_the_package(
    version: AnalysisVersion, as_: As, organiser: Account, staff: Account
) -> None:
    for reader in (organiser, staff):
        answer = as_(reader).get(f"/files/{version.archive}")
        assert content(answer) == PACKAGE
        assert answer["Content-Type"] == "application/zip"
        assert answer["Content-Disposition"] == 'attachment; filename="analysis_1.zip"'
        assert answer["Cache-Control"] == "no-store"


def test_nobody_else_reads_the_package(
    version: AnalysisVersion, submission: Submission, as_: As, outsider: Account
) -> None:
    address = f"/files/{version.archive}"
    assert as_(outsider).get(address).status_code == 404
    assert as_(submission.created_by).get(address).status_code == 404
    assert as_(None).get(address).status_code == 401


def test_author_and_staff_read_the_algorithm(
    submission: Submission, as_: As, staff: Account
) -> None:
    for reader in (submission.created_by, staff):
        answer = as_(reader).get(f"/files/{submission.algorithm}")
        assert content(answer) == ALGORITHM


def test_nobody_else_reads_the_algorithm(
    submission: Submission, as_: As, outsider: Account, organiser: Account
) -> None:
    address = f"/files/{submission.algorithm}"
    assert as_(outsider).get(address).status_code == 404
    assert as_(organiser).get(address).status_code == 404
    assert as_(None).get(address).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "evaluation_scripts/analysis_2.zip",
        "evaluation_scripts/..%2Fsecret-key",
        "evaluation_scripts/%00",
        "evaluation_scripts/",
        "evaluation_scripts/a%2Fb",
        "submission_files/submission_1.zip",
        pytest.param(f"submission_files/submission_{uuid4()}.zip", id="nobody's submission"),
        "secret-key",
    ],
)
def test_other_files_are_not_there(as_: As, staff: Account, path: str) -> None:
    answer = as_(staff).get(f"/files/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_archive_that_is_being_stored_is_not_there(
    version: AnalysisVersion, as_: As, staff: Account
) -> None:
    AnalysisVersion.objects.update(archive="")
    assert as_(staff).get(f"/files/{version.archive}").status_code == 404


def test_archive_that_was_lost_is_not_there(
    version: AnalysisVersion, as_: As, staff: Account
) -> None:
    delete_file(version.archive)
    assert as_(staff).get(f"/files/{version.archive}").status_code == 404
