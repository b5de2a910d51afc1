"""Handing in: quotas, duplicates, crashes on the way, and what an author may do afterwards."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from error_codes import coded
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.cloud.whole_files import WholeFileStorage
from valhub.errors import Conflict, TooLarge, Unavailable, UnsupportedType
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.reader_slots import reader_slot
from valhub.jobs.models import Preparation, Run, Shard, Status, Submission, Work
from valhub.jobs.services import new_submissions
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.quotas import QuotaReached
from valhub.jobs.services.submission_changes import (
    AlreadyEnded,
    StillRunning,
    archive_submission,
    cancel_submission,
    rerun_submission,
)
from valhub.jobs.sweeper import settle_uploads

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """Stands for a process that ends here: nothing catches it."""


def kill(*_args, **_options):
    raise Killed


def stored():
    return list(Path(default_storage.path("submission_files")).glob("*"))


def test_what_is_submitted_is_stored_and_queued(submit):
    submission = submit()
    assert submission.status == Status.SUBMITTED
    assert submission.algorithm == f"submission_files/submission_{submission.pk}.zip"
    assert default_storage.exists(submission.algorithm)
    assert Shard.objects.filter(run__submission=submission, state=Work.HELD).count() == 4


def test_a_machine_without_the_package_takes_a_hand_in_without_fetching_it(
    tiny_version, submit, settings, tmp_path
):
    settings.ENGINE_CACHE = tmp_path / "another-machine"
    default_storage.delete(tiny_version.archive)
    assert submit().status == Status.SUBMITTED


def test_a_version_of_before_its_row_held_the_functions_name_is_looked_into(tiny_version, submit):
    AnalysisVersion.objects.update(function_name="")
    assert submit().status == Status.SUBMITTED


@pytest.mark.parametrize("positional", [False, True])
def test_arguments_that_the_task_does_not_offer_are_refused(tiny_version, submit, positional):
    offered = {"names": ["latitude", "longitude"], "by_position": positional}
    AnalysisVersion.objects.update(offered_arguments=offered)
    assert submit("def estimate_azimuth(s, latitude): ...").status == Status.SUBMITTED
    with pytest.raises(InvalidPackage, match='requires "tz"') as caught:
        submit("def estimate_azimuth(s, latitude, longitude, tz): ...")
    (fault,) = caught.value.faults
    assert (fault.file, fault.line) == ("submission_wrapper.py", 1)
    assert "This task offers latitude, longitude, in this order." in fault.fix
    assert Submission.objects.count() == len(stored()) == 1


def test_a_version_of_before_its_row_held_the_arguments_leaves_them_to_the_sandbox(
    tiny_version, submit
):
    AnalysisVersion.objects.update(offered_arguments=None)
    assert submit("def estimate_azimuth(s, tz): ...").status == Status.SUBMITTED


def test_the_same_archive_again_is_known_as_a_duplicate(submit):
    first, second = submit(), submit()
    assert (first.duplicate_of, second.duplicate_of) == (None, first)


def test_somebody_elses_archive_is_no_duplicate(submit, outsider):
    submit()
    assert submit(account=outsider).duplicate_of is None


@pytest.mark.parametrize("quota", ["QUOTA_RUNNING", "QUOTA_PER_DAY", "QUOTA_TOTAL"])
def test_a_quota_cannot_be_raced(submit, settings, quota):
    setattr(settings, quota, 2)

    def attempt(_):
        try:
            return submit().pk
        except QuotaReached:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        taken = [pk for pk in pool.map(attempt, range(6)) if pk]
    assert len(taken) == Submission.objects.count() == 2
    assert len(stored()) == 2


@pytest.mark.parametrize("quota", ["QUOTA_PER_DAY", "QUOTA_TOTAL"])
def test_what_failed_by_our_fault_counts_against_no_quota(submit, settings, quota):
    setattr(settings, quota, 1)
    submit()
    Submission.objects.update(status=Status.FAILED, our_fault=True)
    assert submit().status == Status.SUBMITTED


def test_what_failed_by_its_own_fault_counts(submit, settings):
    settings.QUOTA_PER_DAY = 1
    submit()
    Submission.objects.update(status=Status.FAILED, our_fault=False)
    with pytest.raises(QuotaReached, match="within a day"):
        submit()


def test_a_quota_is_an_accounts_own(submit, settings, outsider):
    settings.QUOTA_TOTAL = 1
    submit()
    assert submit(account=outsider).status == Status.SUBMITTED


@contextmanager
def every_slot_taken(folder):
    with ExitStack() as slots:
        for _ in os.sched_getaffinity(0):
            slots.enter_context(reader_slot(folder, wait_s=0))
        yield


def submit_bytes(analysis, account, content):
    upload = SimpleUploadedFile("algorithm.zip", content)
    return submit_algorithm(analysis=analysis, account=account, upload=upload)


@pytest.mark.parametrize(
    ("content", "kind", "code", "sentence"),
    [
        (b"", UnsupportedType, "not-a-zip", "algorithm is an empty file. Pack"),
        (b"no zip at all", UnsupportedType, "not-a-zip", "algorithm is not a .zip archive. Pack"),
        (b"PK\3\4 cut off", InvalidPackage, "invalid-package", "algorithm.zip has 1 fault"),
    ],
)
def test_what_is_no_archive_is_refused_and_leaves_nothing(
    tiny_version, participant, content, kind, code, sentence
):
    with pytest.raises(kind, check=coded(code), match=sentence):
        submit_bytes(tiny_version.analysis, participant, content)
    assert not Submission.objects.exists()
    assert stored() == []


def test_an_archive_that_is_too_large_is_refused(tiny_version, participant, settings):
    settings.MAX_ALGORITHM_BYTES = 100
    with pytest.raises(
        TooLarge,
        check=coded("archive-too-large"),
        match="algorithm has 204 bytes; at most 100 bytes are allowed",
    ):
        submit_bytes(tiny_version.analysis, participant, b"PK\3\4" + bytes(200))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "kind", "code"),
    [
        ({"cpu_s": 1}, TooLarge, "algorithm-too-large"),
        ({"run_time_s": 0.05}, Unavailable, "algorithm-not-read"),
    ],
)
def test_an_algorithm_that_cannot_be_read_within_limits_leaves_nothing(
    submit, algorithms_read_by_a_child, monkeypatch, limit, kind, code
):
    limits = replace(new_submissions.READER_LIMITS, **limit)
    monkeypatch.setattr(new_submissions, "READER_LIMITS", limits)
    with pytest.raises(kind, check=coded(code)):
        submit("x = [1, 2, 3, 4, 5, 6]\n" * 45_000)
    assert not Submission.objects.exists()
    assert stored() == []


def test_algorithms_wait_for_no_package(
    submit, algorithms_read_by_a_child, settings, monkeypatch, hub_data
):
    monkeypatch.setattr(new_submissions, "SLOT_WAIT_S", 0.1)
    with every_slot_taken(settings.ENGINE_CACHE):
        assert submit().status == Status.SUBMITTED
    with (
        every_slot_taken(hub_data / "uploads"),
        pytest.raises(Unavailable, check=coded("readers-busy")),
    ):
        submit()


def test_a_closed_analysis_takes_nothing(submit):
    Analysis.objects.update(state=AnalysisState.CLOSED)
    with pytest.raises(Conflict, check=coded("analysis-closed")):
        submit()


def test_without_its_queue_an_analysis_takes_nothing(submit):
    Preparation.objects.all().delete()
    with pytest.raises(Conflict, check=coded("queue-missing")):
        submit()


def test_an_analysis_whose_data_is_broken_takes_nothing(submit):
    Preparation.objects.update(state=Work.FAILED)
    with pytest.raises(Conflict, check=coded("data-unusable")):
        submit()


def crash_at(monkeypatch, submit, owner, name):
    """Hand in with a process that is killed on the way, and let the sweeper look much later."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, kill)
        with pytest.raises(Killed):
            submit()
    for submission in Submission.objects.all():
        earlier = submission.submitted_at - timedelta(hours=1)
        Submission.objects.filter(pk=submission.pk).update(submitted_at=earlier)
    settle_uploads()


def test_a_crash_before_the_row_leaves_nothing(monkeypatch, submit, tiny_version):
    crash_at(monkeypatch, submit, new_submissions, "_create")
    assert not Submission.objects.exists()


def test_a_crash_before_the_archive_is_stored_ends_with_a_reason(monkeypatch, submit):
    crash_at(monkeypatch, submit, WholeFileStorage, "_save")
    submission = Submission.objects.get()
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "interrupted" in submission.reason


@pytest.mark.parametrize("name", ["complete_submission", "queue_run", "admit_after_commit"])
def test_a_crash_before_it_is_queued_loses_and_doubles_nothing(monkeypatch, submit, name):
    crash_at(monkeypatch, submit, new_submissions, name)
    submission = Submission.objects.get()
    assert submission.status == Status.SUBMITTED
    assert Shard.objects.filter(run=submission.runs.get()).count() == 4


def test_a_full_disk_leaves_nothing(monkeypatch, submit):
    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(WholeFileStorage, "_save", full)
        with pytest.raises(OSError, match="No space"):
            submit()
    assert not Submission.objects.exists()
    assert submit().status == Status.SUBMITTED


def test_cancelling_ends_a_submission_once(submit):
    submission = submit()
    cancel_submission(submission)
    submission.refresh_from_db()
    assert submission.status == Status.CANCELLED
    assert set(Shard.objects.values_list("state", flat=True)) == {Work.CANCELLED}
    with pytest.raises(AlreadyEnded):
        cancel_submission(submission)


def test_only_what_has_ended_is_run_again_or_archived(submit):
    submission = submit()
    for change in (rerun_submission, archive_submission):
        with pytest.raises(StillRunning):
            change(submission)
    assert Run.objects.count() == 1


def test_running_again_is_a_run_of_its_own(submit):
    submission = submit()
    cancel_submission(submission)
    assert rerun_submission(submission).number == 2
    submission.refresh_from_db()
    assert (submission.status, submission.reason) == (Status.SUBMITTED, "")
