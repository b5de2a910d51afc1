"""What is measured against a time in the database is measured by the database's clock."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from valhub.jobs.models import Run, Worker
from valhub.jobs.services.queueing import mark_started
from valhub.jobs.worker.evaluating import _seconds_left

HOUR_S = 3600
DAY_S = 24 * HOUR_S


@pytest.fixture(params=[-2, 2], ids=["two hours slow", "two hours fast"])
def wrong_clock(request, monkeypatch):
    """Put this machine's clock wrong; the database's stays right."""
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=request.param))


@pytest.fixture
def begun(make_run, participant):
    """A run that a worker has just begun with."""
    run = make_run(participant)
    mark_started(run, Now())
    return run


def test_a_run_that_just_began_has_a_day_left(begun, wrong_clock):
    assert _seconds_left(begun) == pytest.approx(DAY_S, abs=30)


def test_a_run_has_what_is_left_of_its_day(begun, wrong_clock):
    Run.objects.update(started_at=F("started_at") - timedelta(hours=23))
    assert _seconds_left(begun) == pytest.approx(HOUR_S, abs=30)


def test_a_run_that_was_ended_before_it_began_has_its_whole_day(make_run, participant):
    assert _seconds_left(make_run(participant)) == DAY_S


@pytest.mark.parametrize(("age_s", "icon"), [(0, "icon-yes"), (60, "icon-no")])
def test_staff_sees_who_is_alive_whatever_the_machines_clock_says(
    as_, staff, wrong_clock, age_s, icon
):
    Worker.objects.create(name="host-7")
    Worker.objects.update(heartbeat_at=Now() - timedelta(seconds=age_s))
    assert icon in as_(staff).get("/admin/jobs/worker/").content.decode()
