"""Rows to work with: a published analysis, its prepared version, submissions and runs."""

from collections.abc import Callable

import pytest

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile, Kind
from valhub.jobs.models import Preparation, Run, Submission, Work
from valhub.jobs.services.submitting import complete_submission

MakeRun = Callable[..., Run]


@pytest.fixture
def version(organiser: Account) -> AnalysisVersion:
    """A version of eight files, prepared."""
    analysis = Analysis.objects.create(analysis_name="Time shifts", creator=organiser)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind=Kind.TASK, content_hash="0" * 64, archive="a.zip"
    )
    DataFile.objects.bulk_create(
        DataFile(version=version, ordinal=i, name=f"{i}.csv", size=1000 * (8 - i)) for i in range(8)
    )
    analysis.current_version = version
    analysis.save()
    Preparation.objects.create(version=version, state=Work.DONE)
    return version


@pytest.fixture
def make_run(version: AnalysisVersion) -> MakeRun:
    """Hands in, for an account, a submission whose archive is stored, and returns its run."""

    def make(account: Account) -> Run:
        submission = Submission.objects.create(
            analysis=version.analysis, created_by=account, algorithm="s.zip", content_hash="1" * 64
        )
        complete_submission(submission)
        return submission.runs.get()

    return make
