"""What people see of instances that could not be launched."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.cloud.launchers import read_launcher
from valhub.jobs.models import Launch, Run, Status

As = Callable[[Account | None], Client]
MakeRun = Callable[[Account], Run]
TROUBLE = "AWS has no capacity for this kind of instance."
TOLD = "No machine could be started for this analysis so far."

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(make_run: MakeRun, participant: Account) -> Run:
    """A run that waits for an instance which was refused."""
    run = make_run(participant)
    Launch.objects.create(analysis=run.submission.analysis, slot=0, tries=1, trouble=TROUBLE)
    return run


def page_of(client: Client, run: Run) -> str:
    return client.get(f"/submissions/{run.submission_id}").content.decode()


def test_an_author_is_told_that_no_machine_could_be_started(
    as_: As, participant: Account, waiting: Run
) -> None:
    assert TOLD in page_of(as_(participant), waiting)


def test_what_runs_or_has_an_instance_is_told_nothing_of_it(
    as_: As, participant: Account, waiting: Run
) -> None:
    Launch.objects.create(analysis=waiting.submission.analysis, slot=1, instance_id="i-1")
    assert TOLD not in page_of(as_(participant), waiting)
    Launch.objects.filter(slot=1).delete()
    Run.objects.update(status=Status.RUNNING)
    assert TOLD not in page_of(as_(participant), waiting)


def test_readiness_counts_instances_where_they_are_launched(
    as_: As, waiting: Run, settings: Settings
) -> None:
    assert "instances" not in as_(None).get("/readyz").json()["workers"]
    settings.LAUNCHER = read_launcher("local")
    answer = as_(None).get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["workers"]["instances"] == 0
    assert answer.json()["workers"]["instances_refused"] == 1


def test_staff_read_the_reason(as_: As, staff: Account, waiting: Run) -> None:
    assert TROUBLE in as_(staff).get("/admin/jobs/launch/").content.decode()
