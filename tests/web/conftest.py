"""An analysis with two entries on its board, and a submission that is being evaluated."""

from datetime import timedelta

import pytest
from django.utils import timezone

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, DataFile
from valhub.jobs.models import FileResult, Run, Status, Submission
from valhub.jobs.services.events import record_event
from valhub.leaderboards.services.entries import ScoredValue, place_run

COLUMNS = [
    {"name": "mean_error", "label": "Mean error", "unit": "min", "best": "lowest", "shown": True},
    {"name": "mean_f1", "label": "Mean F1", "unit": "", "best": "highest", "shown": True},
]


@pytest.fixture
def analysis(organiser: Account) -> Analysis:
    """Published, with three files."""
    made = Analysis.objects.create(
        analysis_name="Clipping & shade",
        short_description="Find clipped power.",
        description="# Task\n\nSay **where**.",
        creator=organiser,
        state=AnalysisState.PUBLISHED,
    )
    version = AnalysisVersion.objects.create(
        analysis=made, number=1, kind="task", content_hash="a" * 64, columns=COLUMNS
    )
    for ordinal, name in enumerate("abc"):
        DataFile.objects.create(version=version, ordinal=ordinal, name=f"{name}.csv", size=1)
    made.current_version = version
    made.save()
    return made


def _submission(analysis: Analysis, account: Account, name: str, status: Status) -> Run:
    submission = Submission.objects.create(
        analysis=analysis, created_by=account, display_name=name, status=status
    )
    return Run.objects.create(
        submission=submission,
        version=analysis.current_version,
        status=status,
        started_at=timezone.now() - timedelta(seconds=5),
    )


@pytest.fixture
def running(analysis: Analysis, participant: Account) -> Run:
    """The participant's run: one file scored, one failed, one to come."""
    run = _submission(analysis, participant, "my try", Status.RUNNING)
    first, second, _ = analysis.current_version.files.order_by("ordinal")
    FileResult.objects.create(
        run=run, file=first, verdict="scored", metrics={"error": 1.5}, coverage=1.0, wall_s=0.25
    )
    FileResult.objects.create(
        run=run,
        file=second,
        verdict="error",
        message="It raised <b>ValueError</b>.",
        traceback="line 3, in <module>",
        logs="what was printed",
    )
    record_event(run.submission_id, "started", run=1)
    record_event(run.submission_id, "file", run=1, file="a.csv", verdict="scored")
    return run


@pytest.fixture
def board(analysis: Analysis, participant: Account, outsider: Account) -> Analysis:
    """The participant leads by mean error, the outsider by F1."""
    scores = {participant: (1.0, 0.5), outsider: (2.0, 0.9)}
    for account, (error, f1) in scores.items():
        run = _submission(analysis, account, f"of {account}", Status.FINISHED)
        place_run(
            version=analysis.current_version,
            account=account,
            submission_id=run.submission_id,
            run_id=run.pk,
            display_name=f"of {account}",
            is_baseline=False,
            coverage=1.0,
            values={
                "mean_error": ScoredValue(error, error - 0.5, error + 0.5, systems=20),
                "mean_f1": ScoredValue(f1),
            },
            submitted_at=timezone.now(),
        )
    return analysis
