"""Which runs count against the quotas: those that can have shown something of hidden files.

The attacks run hidden files again and again for nothing: each tries to see more runs than its quota
allows, in a way of its own. The controls are runs that showed nothing.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import F
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import AnalysisVersion, DataFile
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.jobs.models import FileResult, Run, Shard, Status, Submission, Work
from valhub.jobs.selectors.quotas import QuotaLeft, quota_left
from valhub.jobs.services.leasing import Claim, LostLease, claim
from valhub.jobs.services.new_submissions import complete_submission
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.services.quotas import QuotaReached, check_quotas
from valhub.jobs.services.recording import record_file_result
from valhub.jobs.services.run_ends import cancel_run, end_run, fail_run
from valhub.jobs.services.submission_changes import archive_submission, rerun_submission

pytestmark = pytest.mark.django_db(transaction=True)

QUOTA, MANY = 2, 4
SCORED = {"verdict": Verdict.SCORED, "coverage": 1.0, "metrics": {"absolute_error_azimuth": 1.0}}
Submit = Callable[[], Submission]
End = Callable[[Run], None]


@pytest.fixture(params=["QUOTA_PER_DAY", "QUOTA_TOTAL"])
def small_quota(request: pytest.FixtureRequest, settings: Settings) -> None:
    settings.SHARDS = 1
    setattr(settings, request.param, QUOTA)


@pytest.fixture
def submit(version: AnalysisVersion, participant: Account) -> Submit:
    """Submits an algorithm, as far as the database goes; raises `QuotaReached`."""

    def submit() -> Submission:
        with transaction.atomic():
            check_quotas(analysis=version.analysis, account=participant)
            submission = Submission.objects.create(
                analysis=version.analysis, created_by=participant, algorithm="s.zip"
            )
        complete_submission(submission)
        return submission

    return submit


def evaluate(run: Run, count: int, **outcome: object) -> Claim[Shard]:
    """Write results of the first files of a run, as a worker does."""
    held = claim(Shard.objects.filter(run=run), "a worker")
    assert held is not None
    mark_started(run, run.created_at)
    for file in DataFile.objects.filter(version=run.version).order_by("ordinal")[:count]:
        record_file_result(held, file.pk, FileOutcome(file.name, **{**SCORED, **outcome}))
    return held


def latest(submission: Submission) -> Run:
    return submission.runs.select_related("version").latest("number")


def cancelled_at_the_last_file(run: Run) -> None:
    evaluate(run, 7)
    cancel_run(run)


def failed_by_us_at_the_last_file(run: Run) -> None:
    evaluate(run, 7)
    fail_run(run, "The sandbox was killed.", our_fault=True)


def failed_by_the_organiser_at_the_last_file(run: Run) -> None:
    held = evaluate(run, 7)
    last = run.version.files.get(ordinal=7)
    unusable = FileOutcome(last.name, Verdict.ORGANISER_ERROR, judged=False)
    record_file_result(held, last.pk, unusable)
    fail_run(run, "Its metric is not a finite number.", our_fault=True)


def finished(run: Run) -> None:
    evaluate(run, 8)
    with transaction.atomic():
        end_run(run, Status.FINISHED, reason="", our_fault=False)


def again(submit: Submit) -> Iterator[Submission]:
    """Submit a new algorithm every time."""
    for _ in range(MANY):
        yield submit()


def rerun(submit: Submit) -> Iterator[Submission]:
    """Submit one, and run it again every time."""
    submission = submit()
    yield submission
    for _ in range(MANY):
        rerun_submission(submission)
        yield submission


def archived_and_rerun(submit: Submit) -> Iterator[Submission]:
    """The same, archived in between."""
    for submission in rerun(submit):
        yield submission
        archive_submission(submission)


def runs_until_refused(ways: Iterator[Submission], end: End) -> int:
    """How many runs an account gets before it is refused."""
    runs = 0
    try:
        for submission in ways:
            runs += 1
            end(latest(submission))
    except QuotaReached:
        return runs
    return runs


@pytest.mark.usefixtures("small_quota")
@pytest.mark.parametrize("way", [again, rerun, archived_and_rerun])
@pytest.mark.parametrize(
    "end",
    [
        cancelled_at_the_last_file,
        failed_by_us_at_the_last_file,
        failed_by_the_organiser_at_the_last_file,
        finished,
    ],
)
def test_hidden_files_are_not_probed_past_the_quota(
    submit: Submit, way: Callable[[Submit], Iterator[Submission]], end: End
) -> None:
    assert runs_until_refused(way(submit), end) == QUOTA
    seen = FileResult.objects.values("run").distinct().count()
    assert seen == QUOTA


def cancelled_at_once(run: Run) -> None:
    cancel_run(run)


def failed_before_a_file(run: Run) -> None:
    fail_run(run, "Its requirements cannot be installed.", our_fault=False)


def not_imported(run: Run) -> None:
    evaluate(run, 8, verdict=Verdict.ERROR, coverage=0.0, metrics={}, judged=False)
    fail_run(run, "8 of 8 files have no score.", our_fault=False)


def without_a_usable_truth(run: Run) -> None:
    evaluate(run, 8, verdict=Verdict.ORGANISER_ERROR, coverage=0.0, judged=False)
    fail_run(run, "8 of 8 files have no score.", our_fault=True)


def tried_on_public_files(run: Run) -> None:
    run.version.files.filter(ordinal__lt=3).update(part=Part.PUBLIC)
    evaluate(run, 3)
    cancel_run(run)


@pytest.mark.usefixtures("small_quota")
@pytest.mark.parametrize("way", [again, rerun])
@pytest.mark.parametrize(
    "end",
    [
        cancelled_at_once,
        failed_before_a_file,
        not_imported,
        without_a_usable_truth,
        tried_on_public_files,
    ],
)
def test_runs_that_showed_nothing_hidden_are_free(
    submit: Submit, way: Callable[[Submit], Iterator[Submission]], end: End
) -> None:
    assert runs_until_refused(way(submit), end) >= MANY


@pytest.mark.parametrize("part", [Part.HIDDEN, Part.FINAL])
@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.CANCELLED])
def test_whatever_an_answer_ends_in_counts(
    submit: Submit, version: AnalysisVersion, settings: Settings, verdict: Verdict, part: Part
) -> None:
    settings.SHARDS = 1
    version.files.update(part=part)
    run = latest(submit())
    evaluate(run, 1, verdict=verdict)
    run.refresh_from_db()
    assert run.counted


def test_what_ends_in_vain_has_a_quota_of_its_own(submit: Submit, settings: Settings) -> None:
    settings.SHARDS, settings.QUOTA_IN_VAIN = 1, 3
    assert runs_until_refused(again(submit), failed_before_a_file) == 3
    with pytest.raises(QuotaReached, match="before a hidden file was judged") as refused:
        submit()
    assert refused.value.retry_after_s in range(86_000, 86_401)


@pytest.fixture
def left(version: AnalysisVersion, participant: Account) -> Callable[[], QuotaLeft]:
    return lambda: quota_left(version.analysis, participant)


def test_what_is_left_goes_down_as_it_is_used(
    submit: Submit, left: Callable[[], QuotaLeft], settings: Settings
) -> None:
    settings.SHARDS, settings.QUOTA_PER_DAY, settings.QUOTA_TOTAL = 1, 3, 5
    settings.QUOTA_RUNNING, settings.QUOTA_IN_VAIN = 4, 7
    settings.QUOTA_ACCOUNT_PER_DAY = 9
    assert left() == QuotaLeft(today=3, in_all=5, at_once=4, in_vain=7, everywhere=9)
    submission = submit()
    assert left() == QuotaLeft(today=2, in_all=4, at_once=3, in_vain=7, everywhere=8)
    finished(latest(submission))
    assert left() == QuotaLeft(today=2, in_all=4, at_once=4, in_vain=7, everywhere=8)
    cancel_run(latest(submit()))
    assert left() == QuotaLeft(today=2, in_all=4, at_once=4, in_vain=6, everywhere=7)


def test_an_upload_that_is_being_stored_counts(
    left: Callable[[], QuotaLeft], version: AnalysisVersion, participant: Account
) -> None:
    before = left()
    Submission.objects.create(analysis=version.analysis, created_by=participant)
    after = left()
    assert (after.today, after.at_once) == (before.today - 1, before.at_once - 1)


def days_later(run: Run, **time: float) -> None:
    """Let time pass for a run."""
    Run.objects.filter(pk=run.pk).update(created_at=F("created_at") - timedelta(**time))


def test_a_day_later_the_next_is_possible(
    submit: Submit, left: Callable[[], QuotaLeft], settings: Settings
) -> None:
    settings.SHARDS, settings.QUOTA_PER_DAY = 1, 2
    runs = [latest(submit()) for _ in range(2)]
    for run, hours in zip(runs, (20, 5), strict=True):
        finished(run)
        days_later(run, hours=hours)
    assert left().today == 0
    assert left().wait_s in range(4 * 3600 - 60, 4 * 3600 + 1)
    with pytest.raises(QuotaReached, match=r"within a day.* possible at \d\d:\d\d UTC") as refused:
        submit()
    assert refused.value.retry_after_s in range(4 * 3600 - 60, 4 * 3600 + 1)
    days_later(runs[0], hours=5)
    assert (left().today, left().next_at) == (1, None)
    submit()


def test_a_lower_quota_than_was_used_waits_for_enough_to_leave(
    submit: Submit, left: Callable[[], QuotaLeft], settings: Settings
) -> None:
    settings.SHARDS = 1
    for hours in (20, 15, 10):
        run = latest(submit())
        finished(run)
        days_later(run, hours=hours)
    settings.QUOTA_PER_DAY = 2
    assert left().wait_s in range(9 * 3600 - 60, 9 * 3600 + 1)


def test_runs_of_an_earlier_release_count_by_what_they_showed(
    submit: Submit, left: Callable[[], QuotaLeft], settings: Settings
) -> None:
    settings.SHARDS = 1
    ends = (finished, cancelled_at_the_last_file, failed_before_a_file, without_a_usable_truth)
    runs = [latest(submit()) for _ in ends]
    for run, end in zip(runs, ends, strict=True):
        end(run)
    before = left()
    Run.objects.update(counted=False)
    migration = import_module("valhub.jobs.migrations.0013_counted")
    with connection.schema_editor() as editor:
        migration.fill_in(apps, editor)
    assert left() == before
    assert list(Run.objects.order_by("pk").values_list("counted", flat=True)) == [
        True, True, False, False,
    ]  # fmt: skip


def test_no_result_comes_after_the_end(submit: Submit, settings: Settings) -> None:
    """What was not counted when its run ended can show nothing later."""
    settings.SHARDS = 1
    run = latest(submit())
    held = claim(Shard.objects.filter(run=run), "a worker")
    assert held is not None
    cancel_run(run)
    file = run.version.files.first()
    assert file is not None
    with pytest.raises(LostLease):
        record_file_result(held, file.pk, FileOutcome(file.name, **SCORED))
    assert not FileResult.objects.exists()
    assert Shard.objects.get().state == Work.CANCELLED
    assert Submission.objects.get().status == Status.CANCELLED
