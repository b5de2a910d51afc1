"""Submissions and analyses, administered at the command line."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from valhub.accounts.models import Account, AuditEntry
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, DataFile
from valhub.analyses.services import abandoned_uploads
from valhub.analyses.services.version_rows import archive_key
from valhub.errors import Conflict
from valhub.jobs.models import Event, FileResult, Preparation, Run, Status, Submission, Work
from valhub.jobs.services import analysis_deletion
from valhub.jobs.services.new_submissions import complete_submission
from valhub.jobs.services.quotas import QuotaReached
from valhub.jobs.services.submission_changes import rerun_submission
from valhub.leaderboards.models import Board, Entry, Score
from valhub.server.administration.group import admin

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(admin, arguments)


@pytest.fixture
def analysis(organiser: Account) -> Analysis:
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="0" * 64, archive="a.zip"
    )
    DataFile.objects.create(version=version, ordinal=0, name="a.csv", size=10)
    Preparation.objects.create(version=version, state=Work.DONE)
    Analysis.objects.filter(pk=analysis.pk).update(current_version=version)
    analysis.refresh_from_db()
    return analysis


@pytest.fixture
def submission(analysis: Analysis, participant: Account) -> Submission:
    submission = Submission.objects.create(
        analysis=analysis, created_by=participant, algorithm="submission_files/s.zip"
    )
    default_storage.save(submission.algorithm, ContentFile(b"zip"))
    complete_submission(submission)
    return submission


@pytest.fixture
def scored(submission: Submission, analysis: Analysis) -> Submission:
    """A submission with a result and a place on the board."""
    one = submission.runs.get()
    FileResult.objects.create(run=one, file=DataFile.objects.get(), verdict="scored")
    Run.objects.update(status=Status.FINISHED)
    Submission.objects.update(status=Status.FINISHED)
    board = Board.objects.create(version=one.version, entries_count=1)
    entry = Entry.objects.create(
        board=board, account=submission.created_by, submission_id=submission.pk, run_id=one.pk,
        coverage=1.0,
    )  # fmt: skip
    Score.objects.create(
        board=board, entry=entry, column="mean", value=1.0, standing=0.0, sort_value=1.0,
        submitted_at=submission.submitted_at,
    )  # fmt: skip
    return submission


def test_a_submission_is_cancelled_and_waits_again(submission: Submission) -> None:
    assert run("cancel", str(submission.pk)).exit_code == 0
    submission.refresh_from_db()
    assert submission.status == Status.CANCELLED
    assert submission.reason == "Cancelled by an administrator."
    assert isinstance(run("cancel", str(submission.pk)).exception, Conflict)
    assert run("rerun", str(submission.pk)).output.endswith("waits for its run 2.\n")
    acts = AuditEntry.objects.order_by("id").values_list("act", "subject")
    assert list(acts) == [(act, f"submission {submission.pk}") for act in ("cancel", "rerun")]


def test_an_administrator_runs_again_beyond_the_quotas(
    submission: Submission, settings: Settings
) -> None:
    settings.QUOTA_PER_DAY = settings.QUOTA_TOTAL = 1
    Run.objects.update(status=Status.FINISHED, counted=True)
    Submission.objects.update(status=Status.FINISHED)
    with pytest.raises(QuotaReached):
        rerun_submission(Submission.objects.select_related("analysis").get())
    assert run("rerun", str(submission.pk)).exit_code == 0


@pytest.mark.parametrize("name", ["12", "my try", "00000000-0000-0000-0000-000000000000"])
@pytest.mark.parametrize("command", ["cancel", "rerun", "hide"])
def test_a_submission_that_does_not_exist_is_told_where_ids_are(
    submission: Submission, command: str, name: str
) -> None:
    done = run(command, name)
    assert done.exit_code == 2
    assert f"There is no submission '{name}'. Its page's address has the id." in done.output


def test_a_hidden_submission_is_on_no_board(scored: Submission) -> None:
    assert run("hide", str(scored.pk)).exit_code == 0
    scored.refresh_from_db()
    assert scored.archived
    assert not Entry.objects.exists()
    assert AuditEntry.objects.get().act == "hide"


def test_what_runs_cannot_be_hidden_and_nothing_is_recorded(submission: Submission) -> None:
    assert isinstance(run("hide", str(submission.pk)).exception, Conflict)
    assert not AuditEntry.objects.exists()


def test_an_unknown_submission_is_named() -> None:
    key = str(uuid.uuid4())
    for command in ("cancel", "rerun", "hide"):
        done = run(command, key)
        assert (done.exit_code, key in done.output) == (2, True)


def delete(analysis: Analysis, name: str = "Shifts") -> Result:
    return run("delete-analysis", str(analysis.pk), "--name", name)


def test_a_closed_analysis_goes_with_everything(
    analysis: Analysis, scored: Submission, organiser: Account
) -> None:
    Analysis.objects.update(state=AnalysisState.CLOSED)
    assert delete(analysis).output.startswith(f"Analysis {analysis.pk} is deleted, with 1 ")
    for model in (Analysis, AnalysisVersion, DataFile, Submission, Run, FileResult, Event, Board):
        assert not model.objects.exists(), model
    assert not default_storage.exists(scored.algorithm)
    assert Account.objects.filter(pk=organiser.pk).exists()
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.details) == ("delete analysis", {"name": "Shifts", "submissions": 1})


def test_the_sweeper_removes_its_packages(
    analysis: Analysis, scored: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = AnalysisVersion.objects.get()
    key = default_storage.save(archive_key(version), ContentFile(b"package"))
    AnalysisVersion.objects.update(archive=key)
    monkeypatch.setattr(abandoned_uploads, "GIVEN_UP_AFTER", timedelta(0))
    abandoned_uploads.sweep_uploads()
    assert default_storage.exists(key)
    Analysis.objects.update(state=AnalysisState.CLOSED)
    delete(analysis)
    abandoned_uploads.sweep_uploads()
    assert not default_storage.exists(key)


@pytest.mark.parametrize("name", ["shifts", "", "Other"])
def test_another_name_deletes_nothing(analysis: Analysis, name: str) -> None:
    Analysis.objects.update(state=AnalysisState.CLOSED)
    assert delete(analysis, name).exit_code == 2
    assert Analysis.objects.exists()


def test_a_published_analysis_stays(analysis: Analysis, scored: Submission) -> None:
    assert "Close it first" in str(delete(analysis).exception)
    assert Submission.objects.exists()


def test_an_analysis_with_work_stays(analysis: Analysis, submission: Submission) -> None:
    Analysis.objects.update(state=AnalysisState.CLOSED)
    assert "still being evaluated" in str(delete(analysis).exception)
    assert Submission.objects.exists()
    assert default_storage.exists(submission.algorithm)


class Killed(Exception):
    pass


@pytest.mark.parametrize("step", ["_delete_submission", "_delete_rows", "record_act"])
def test_a_deletion_that_was_killed_is_completed_by_the_next_one(
    monkeypatch: pytest.MonkeyPatch, analysis: Analysis, scored: Submission, step: str
) -> None:
    Analysis.objects.update(state=AnalysisState.CLOSED)

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(analysis_deletion, step, die)
        assert isinstance(delete(analysis).exception, Killed)
    assert Analysis.objects.get().state == AnalysisState.DRAFT
    assert delete(analysis).exit_code == 0
    assert not Submission.objects.exists()
    assert not Analysis.objects.exists()


def test_what_was_submitted_meanwhile_keeps_the_analysis(
    monkeypatch: pytest.MonkeyPatch, analysis: Analysis, participant: Account
) -> None:
    Analysis.objects.update(state=AnalysisState.CLOSED)
    real: Callable[..., None] = analysis_deletion._delete_rows

    def late(*arguments: object, **named: object) -> None:
        Submission.objects.create(analysis=analysis, created_by=participant, algorithm="x.zip")
        real(*arguments, **named)

    monkeypatch.setattr(analysis_deletion, "_delete_rows", late)
    assert "Delete it again" in str(delete(analysis).exception)
    assert AnalysisVersion.objects.exists()
    assert not AuditEntry.objects.exists()
