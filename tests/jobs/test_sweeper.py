"""What the sweeper puts right, each thing as a killed process leaves it behind."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from valhub.cloud.storage import store_file
from valhub.jobs import sweeper
from valhub.jobs.models import Preparation, Run, Shard, Status, Submission, Work, Worker
from valhub.jobs.services import new_submissions
from valhub.jobs.services.leasing import claim

pytestmark = pytest.mark.django_db(transaction=True)

PAST = timedelta(minutes=10)


def leave_to_expire(count=1):
    """Claim work as a worker does that then dies."""
    for _ in range(count):
        held = claim(Shard.objects.order_by("turn", "id"), "dead")
        Shard.objects.filter(pk=held.work.pk).update(lease_until=timezone.now() - PAST)
    return held.work


@pytest.fixture
def interrupted(version, participant, tmp_path):
    """A submission whose upload was cut off some minutes ago, with or without its archive."""

    def make(*, stored, minutes=10):
        submission = Submission.objects.create(
            analysis=version.analysis,
            created_by=participant,
            algorithm="submission_files/one.zip",
            submitted_at=timezone.now() - timedelta(minutes=minutes),
        )
        if stored:
            (tmp_path / "one.zip").write_bytes(b"PK")
            with (tmp_path / "one.zip").open("rb") as file:
                store_file(submission.algorithm, file)
        sweeper.sweep_once()
        submission.refresh_from_db()
        return submission

    return make


def test_a_dead_workers_shard_is_queued_again(make_run, participant):
    make_run(participant)
    shard = leave_to_expire()
    sweeper.sweep_once()
    shard.refresh_from_db()
    assert (shard.state, shard.deaths, shard.owner) == (Work.QUEUED, 1, "")


def test_a_live_workers_shard_is_left_alone(make_run, participant):
    make_run(participant)
    held = claim(Shard.objects.order_by("turn"), "alive")
    sweeper.sweep_once()
    held.renew()


@pytest.mark.parametrize(("deaths", "workers"), [(1, "1 worker"), (3, "3 workers")])
def test_a_run_that_keeps_killing_workers_ends_by_our_fault(
    make_run, participant, settings, deaths, workers
):
    settings.MAX_DEATHS = deaths
    run = make_run(participant)
    for _ in range(settings.MAX_DEATHS):
        leave_to_expire()
        sweeper.sweep_once()
    run.refresh_from_db()
    assert (run.status, run.submission.status) == (Status.FAILED, Status.FAILED)
    assert run.submission.our_fault
    assert f"ended {workers} and was given up" in run.submission.reason
    assert not Shard.objects.exclude(state=Work.CANCELLED).exists()


def test_a_run_whose_shard_was_given_up_just_before_a_crash_ends(make_run, participant):
    run = make_run(participant)
    Shard.objects.filter(run=run, ordinal=0).update(state=Work.FAILED)
    sweeper.sweep_once()
    run.refresh_from_db()
    assert run.status == Status.FAILED


def test_a_worker_that_comes_back_in_time_does_not_lose_its_run(make_run, participant, settings):
    run = make_run(participant)
    Shard.objects.update(deaths=settings.MAX_DEATHS - 1)
    seen = Shard.objects.get(pk=leave_to_expire().pk)
    Shard.objects.filter(pk=seen.pk).update(state=Work.DONE)
    assert sweeper.count_death(seen)
    sweeper.sweep_once()
    run.refresh_from_db()
    assert run.status == Status.SUBMITTED


def test_a_stored_upload_is_completed(interrupted):
    submission = interrupted(stored=True)
    assert submission.status == Status.SUBMITTED
    assert submission.runs.count() == 1


def test_an_upload_that_was_never_stored_ends_with_its_reason(interrupted):
    submission = interrupted(stored=False)
    assert (submission.status, submission.our_fault) == (Status.FAILED, True)
    assert "interrupted" in submission.reason
    assert submission.events.get().kind == "failed"


def test_an_upload_that_goes_on_is_left_alone(interrupted):
    assert interrupted(stored=False, minutes=1).status == Status.SUBMITTING


def test_an_upload_is_completed_once_however_many_sweep(interrupted):
    submission = interrupted(stored=True)
    assert not new_submissions.complete_submission(submission)
    sweeper.sweep_once()
    assert submission.runs.count() == 1


def test_a_preparation_whose_worker_died_is_queued_again(version):
    Preparation.objects.update(state=Work.LEASED, lease_until=timezone.now() - PAST)
    sweeper.sweep_once()
    assert Preparation.objects.get().state == Work.QUEUED


def test_a_preparation_that_keeps_killing_workers_ends_what_waits(
    version, make_run, participant, settings
):
    Preparation.objects.update(
        state=Work.LEASED, lease_until=timezone.now() - PAST, deaths=settings.MAX_DEATHS - 1
    )
    run = make_run(participant)
    sweeper.sweep_once()
    run.refresh_from_db()
    assert (run.status, run.submission.our_fault) == (Status.FAILED, True)
    assert "Its organiser and the hub's staff can read why" in run.reason
    reason = Preparation.objects.get().reason
    assert f"Preparing the data ended {settings.MAX_DEATHS} workers" in reason


def test_a_run_queued_just_as_its_data_was_given_up_ends(version, make_run, participant):
    Preparation.objects.update(state=Work.FAILED, reason="It is broken.")
    run = make_run(participant)
    sweeper.sweep_once()
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "could not be prepared" in run.reason
    # Faults quote the data and the truth.
    assert "It is broken." not in run.reason


def test_a_version_stored_just_before_a_crash_is_prepared(version):
    Preparation.objects.all().delete()
    sweeper.sweep_once()
    assert Preparation.objects.get().version == version


def test_a_run_that_waits_although_there_is_room_is_let_in(version, make_run, participant):
    Preparation.objects.update(state=Work.QUEUED)
    run = make_run(participant)
    Preparation.objects.update(state=Work.DONE)
    sweeper.sweep_once()
    assert Run.objects.get(pk=run.pk).admitted


def test_workers_gone_for_a_day_leave_the_list():
    Worker.objects.create(name="old", heartbeat_at=timezone.now() - timedelta(days=2))
    Worker.objects.create(name="new")
    sweeper.tidy_once()
    assert [worker.name for worker in Worker.objects.all()] == ["new"]


def test_a_step_that_fails_does_not_keep_the_others_from_it(monkeypatch, settings, caplog):
    settings.SWEEP_MS = 1
    stop = threading.Event()

    def broken():
        raise RuntimeError("This cannot be put right.")

    monkeypatch.setattr(sweeper, "SWEEPING", (broken, stop.set))
    sweeper.run_sweeper(stop)
    assert "sweep_failed step=broken" in caplog.text
