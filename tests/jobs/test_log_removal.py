from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion
from valhub.jobs.models import Event, FileResult, Run
from valhub.jobs.services.events import record_event
from valhub.jobs.services.log_removal import remove_old_logs

pytestmark = pytest.mark.django_db

MakeRun = Callable[[Account], Run]


@pytest.fixture
def make_ended(
    make_run: MakeRun, participant: Account, version: AnalysisVersion
) -> Callable[[int | None], Run]:
    """Makes a run with a result and its event, which ended so many days ago, or did not."""

    def make(days: int | None) -> Run:
        run = make_run(participant)
        if days is not None:
            run.finished_at = timezone.now() - timedelta(days=days)
            run.save()
        file = version.files.first()
        FileResult.objects.create(run=run, file=file, verdict="error", logs="x", traceback="y")
        record_event(run.submission_id, "file", run=run.number, verdict="error")
        return run

    return make


def logs(run: Run) -> tuple[str, str, bool]:
    result = run.file_results.get()
    told = Event.objects.filter(submission=run.submission_id, kind="file").exists()
    return result.logs, result.traceback, told


def test_old_logs_go_and_results_stay(
    make_ended: Callable[[int | None], Run], settings: Settings
) -> None:
    settings.KEEP_LOGS_DAYS = 30
    old, young = make_ended(31), make_ended(29)
    remove_old_logs()
    assert logs(old) == ("", "", False)
    assert old.file_results.get().verdict == "error"
    assert old.submission.events.filter(kind="submitted").exists()
    assert logs(young) == ("x", "y", True)


def test_logs_can_be_kept_for_ever(
    make_ended: Callable[[int | None], Run], settings: Settings
) -> None:
    settings.KEEP_LOGS_DAYS = None
    old = make_ended(10_000)
    remove_old_logs()
    assert logs(old) == ("x", "y", True)


def test_a_run_that_has_not_ended_is_waited_for(
    make_ended: Callable[[int | None], Run], settings: Settings
) -> None:
    settings.KEEP_LOGS_DAYS = 30
    waiting, old = make_ended(None), make_ended(31)
    remove_old_logs()
    assert logs(old) == ("x", "y", True)
    Run.objects.filter(pk=waiting.pk).update(finished_at=timezone.now() - timedelta(days=31))
    remove_old_logs()
    assert logs(old) == logs(waiting) == ("", "", False)


def test_what_was_gone_through_is_not_looked_at_again(
    make_ended: Callable[[int | None], Run], settings: Settings
) -> None:
    settings.KEEP_LOGS_DAYS = 30
    old = make_ended(31)
    remove_old_logs()
    old.file_results.update(logs="from another time")
    remove_old_logs()
    assert old.file_results.get().logs == "from another time"


def test_events_of_another_run_of_the_submission_stay(
    make_ended: Callable[[int | None], Run], settings: Settings
) -> None:
    settings.KEEP_LOGS_DAYS = 30
    old = make_ended(31)
    record_event(old.submission_id, "file", run=2, verdict="scored")
    remove_old_logs()
    assert [one.data["run"] for one in old.submission.events.filter(kind="file")] == [2]
