from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from valhub.accounts.models import Account
from valhub.jobs.models import Run, Shard, Worker

As = Callable[[Account | None], Client]
KINDS = ("submission", "run", "shard", "preparation", "fileresult", "event", "worker")


@pytest.fixture
def work(running: Run) -> Run:
    Shard.objects.create(run=running, ordinal=0, state="leased", owner="host-7")
    Worker.objects.create(name="host-7", doing="shard 1", heartbeat_at=timezone.now())
    return running


@pytest.mark.parametrize("kind", KINDS)
def test_staff_sees_all_kinds_of_work(as_: As, work: Run, staff: Account, kind: str) -> None:
    assert as_(staff).get(f"/admin/jobs/{kind}/").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_staff_adds_nothing_by_hand(as_: As, work: Run, staff: Account, kind: str) -> None:
    assert as_(staff).get(f"/admin/jobs/{kind}/add/").status_code == 403


def test_a_submission_shows_its_runs_and_a_run_who_holds_its_shards(
    as_: As, work: Run, staff: Account
) -> None:
    client = as_(staff)
    submission = client.get(f"/admin/jobs/submission/{work.submission_id}/change/")
    run = client.get(f"/admin/jobs/run/{work.pk}/change/")
    assert "Runs" in submission.content.decode()
    assert "host-7" in run.content.decode()
    assert 'name="_save"' not in run.content.decode()


def test_nothing_is_changed_or_deleted_by_hand(as_: As, work: Run, staff: Account) -> None:
    client = as_(staff)
    assert client.post(f"/admin/jobs/run/{work.pk}/change/", {"number": 2}).status_code == 403
    assert client.post(f"/admin/jobs/run/{work.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_worker_that_fell_silent_is_shown_as_dead(as_: As, work: Run, staff: Account) -> None:
    assert "icon-yes" in as_(staff).get("/admin/jobs/worker/").content.decode()
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    assert "icon-no" in as_(staff).get("/admin/jobs/worker/").content.decode()


def test_participants_are_kept_out(as_: As, work: Run, participant: Account) -> None:
    response = as_(participant).get("/admin/jobs/run/")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")
