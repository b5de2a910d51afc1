"""Why a submission waits is said once, to its author, in the API and to the administrator."""

import html
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.jobs.models import Run, Shard, Status, Submission, Work, Worker
from valhub.jobs.selectors.waiting import NO_WORKER
from valhub.server.administration.group import admin

pytestmark = pytest.mark.django_db
As = Callable[[Account | None], Client]


@pytest.fixture
def run(organiser: Account, participant: Account) -> Run:
    """The participant's, which no worker has taken."""
    analysis = Analysis.objects.create(
        analysis_name="Tiny", creator=organiser, state=AnalysisState.PUBLISHED
    )
    version = AnalysisVersion.objects.create(analysis=analysis, number=1, content_hash="a" * 64)
    submission = Submission.objects.create(
        analysis=analysis, created_by=participant, status=Status.SUBMITTED
    )
    return Run.objects.create(submission=submission, version=version, status=Status.SUBMITTED)


def worker(trouble: str, *, silent_s: float = 0) -> None:
    at = timezone.now() - timedelta(seconds=silent_s)
    Worker.objects.create(name=f"worker-{trouble}", heartbeat_at=at, trouble=trouble)


def said(run: Run, client: Client) -> str:
    """The reason, which pages, API and administrator read alike."""
    document = client.get(f"/jobs/{run.submission_id}").json()
    document = json.loads(document) if isinstance(document, str) else document
    reason = document[0]["fields"]["reason"]
    page = html.unescape(client.get(f"/submissions/{run.submission_id}").content.decode())
    assert reason in page
    document = json.loads(CliRunner().invoke(admin, ["status", "--json"]).output)
    assert document["workers"].get("waits_because", "") == reason
    return str(reason)


@pytest.mark.parametrize("trouble", ["bwrap is missing.", "The disk has too little room."])
def test_a_submission_says_what_keeps_all_workers(
    run: Run, participant: Account, as_: As, trouble: str, hub_data: object
) -> None:
    worker(trouble)
    assert trouble in said(run, as_(participant))


@pytest.mark.parametrize("silent_s", [None, 3600])
def test_a_submission_says_that_no_worker_runs(
    run: Run, participant: Account, as_: As, silent_s: float | None, hub_data: object
) -> None:
    if silent_s is not None:
        worker("", silent_s=silent_s)
    assert said(run, as_(participant)) == NO_WORKER


def test_one_worker_that_is_well_is_enough(
    run: Run, participant: Account, as_: As, hub_data: object
) -> None:
    worker("bwrap is missing.")
    worker("")
    assert said(run, as_(participant)) == ""


def test_a_run_that_goes_on_waits_for_nothing(
    run: Run, participant: Account, as_: As, hub_data: object
) -> None:
    Shard.objects.create(run=run, ordinal=0, state=Work.LEASED)
    Submission.objects.update(status=Status.RUNNING)
    Run.objects.update(status=Status.RUNNING)
    assert said(run, as_(participant)) == ""
