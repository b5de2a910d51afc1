"""`/metrics`: who may read it, and that it tells what is there."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.jobs.models import Heartbeat, Run, Shard, Submission, Tally, Work, Worker
from valhub.jobs.services.heartbeats import record_heartbeat

pytestmark = pytest.mark.django_db

# Some of the bounds of run times.
BOUNDS = ("15.0", "60.0", "300.0", "+Inf")
As = Callable[[Account | None], Client]
Values = Mapping[tuple[str, str], float]


@pytest.fixture
def run(organiser: Account, participant: Account) -> Run:
    analysis = Analysis.objects.create(analysis_name="Time shifts", creator=organiser)
    version = AnalysisVersion.objects.create(
        analysis=analysis, number=1, kind="task", content_hash="0" * 64
    )
    submission = Submission.objects.create(
        analysis=analysis, created_by=participant, status="submitted"
    )
    asked = timezone.now() - timedelta(minutes=10)
    return Run.objects.create(submission=submission, version=version, created_at=asked)


def read(client: Client) -> Values:
    """The values, by name and the values of the labels in the order of their names."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (one.name, " ".join(one.labels[name] for name in sorted(one.labels))): one.value
        for family in families
        for one in family.samples
    }


@pytest.mark.parametrize("token", ["", "guess", "hunter", "Hunter2"])
def test_a_wrong_token_is_refused(as_: As, settings: Settings, token: str) -> None:
    settings.METRICS_TOKEN = "hunter2"
    answer = as_(None).get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong-token")


@pytest.mark.parametrize("token", ["", "None", "yes"])
def test_a_hub_without_a_token_lets_no_token_in(as_: As, settings: Settings, token: str) -> None:
    settings.METRICS_TOKEN = ""
    answer = as_(None).get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_who_has_the_token_reads_on(as_: As, settings: Settings) -> None:
    settings.METRICS_TOKEN = "hunter2"
    answer = as_(None).get("/metrics", headers={"Authorization": "Bearer hunter2"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["Cache-Control"] == "no-store"


def test_being_on_the_same_machine_is_no_permission(as_: As) -> None:
    assert as_(None).get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401


def test_a_queue_tells_its_depth_and_how_long_its_first_shard_waits(
    as_: As, staff: Account, run: Run
) -> None:
    for ordinal, state in enumerate([Work.QUEUED, Work.QUEUED, Work.LEASED, Work.DONE]):
        asked = run.created_at + timedelta(minutes=ordinal)
        Shard.objects.create(run=run, ordinal=ordinal, state=state, queued_at=asked)
    values = read(as_(staff))
    analysis = str(run.version.analysis_id)
    assert values["valhub_work_waiting", analysis] == 2
    assert 600 <= values["valhub_work_oldest_waiting_seconds", analysis] < 660
    assert values["valhub_work_running", analysis] == 1
    assert values["valhub_submissions", "submitted"] == 1


def test_workers_are_told_by_how_they_are(as_: As, staff: Account) -> None:
    Worker.objects.create(name="a")
    Worker.objects.create(name="b", trouble="no sandbox")
    Worker.objects.create(name="c", heartbeat_at=timezone.now() - timedelta(hours=1))
    values = read(as_(staff))
    assert values["valhub_workers", "working"] == 1
    assert values["valhub_workers", "in_trouble"] == 1


def test_requests_are_counted_by_route_and_not_by_address(as_: As, staff: Account) -> None:
    labels = ("valhub_http_request_seconds_count", "4xx GET /analyses/<int:analysis_id>")
    client = as_(staff)
    before = read(client).get(labels, 0)
    for number in (10**6, 10**6 + 1):
        client.get(f"/analyses/{number}")
    assert read(client)[labels] == before + 2


def test_addresses_and_methods_that_nobody_made_share_one_label(as_: As, staff: Account) -> None:
    client = as_(staff)
    client.generic("PROPFIND", "/wp-login.php")
    client.generic("BREW", "/pot/1")
    told = [labels for name, labels in read(client) if name == "valhub_http_request_seconds_count"]
    assert "4xx other other" in told
    assert not re.search("wp-login|BREW|PROPFIND", " ".join(told))


def test_what_has_ended_is_told_from_the_tallies(as_: As, staff: Account, run: Run) -> None:
    analysis = run.version.analysis
    for what, kind, within_s, count, seconds in (
        ("finished", "scored", 60, 3, 100.0),
        ("finished", "timeout", 300, 1, 200.0),
        ("cancelled", "", 0, 2, 0.0),
        ("lease_lost", "shard", 0, 5, 0.0),
    ):
        Tally.objects.create(
            analysis=analysis, what=what, kind=kind, within_s=within_s, count=count, seconds=seconds
        )
    values = read(as_(staff))
    assert values["valhub_runs_ended_total", f"{analysis.pk} finished scored"] == 3
    assert values["valhub_runs_ended_total", f"{analysis.pk} cancelled "] == 2
    assert values["valhub_runs_ended_total", f"{analysis.pk} failed internal_error"] == 0
    assert values["valhub_leases_lost_total", f"{analysis.pk} shard"] == 5
    assert values["valhub_leases_lost_total", f"{analysis.pk} preparation"] == 0
    buckets = {le: values["valhub_run_seconds_bucket", f"{analysis.pk} {le}"] for le in BOUNDS}
    assert buckets == {"15.0": 0, "60.0": 3, "300.0": 4, "+Inf": 4}
    assert values["valhub_run_seconds_sum", str(analysis.pk)] == 300


def test_a_silent_sweeper_and_leases_that_nobody_takes_back_are_reported(
    as_: As, staff: Account, run: Run
) -> None:
    values = read(as_(staff))
    assert values["valhub_heartbeat_age_seconds", "sweeper"] == math.inf
    assert values["valhub_leases_overdue", ""] == 0
    record_heartbeat("sweeper")
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=5))
    past = timezone.now() - timedelta(minutes=1)
    Shard.objects.create(run=run, ordinal=0, state=Work.LEASED, lease_until=past)
    Shard.objects.create(
        run=run, ordinal=1, state=Work.LEASED, lease_until=timezone.now() + timedelta(minutes=1)
    )
    values = read(as_(staff))
    assert 290 < values["valhub_heartbeat_age_seconds", "sweeper"] < 400
    assert values["valhub_leases_overdue", ""] == 1
