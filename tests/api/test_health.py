import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.jobs.models import Heartbeat, Worker
from valhub.jobs.services.heartbeats import record_heartbeat
from valhub.jobs.sweeper import run_sweeper

As = Callable[[Account | None], Client]


def readyz(client: Client) -> tuple[int, dict[str, object]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_livez_needs_nothing_but_the_process(as_: As) -> None:
    assert as_(None).get("/livez").json() == {"status": "alive"}


@pytest.mark.django_db
def test_a_hub_without_workers_is_ready_and_says_so(as_: As) -> None:
    checks = {"database": "ok", "migrations": "ok", "disk": "ok", "queue": "ok"}
    checks["sweeper"] = "never seen"
    workers = {"alive": 0, "in_trouble": 0}
    assert readyz(as_(None)) == (200, {"status": "ready", **checks, "workers": workers})


@pytest.mark.django_db
def test_workers_with_a_fresh_heartbeat_are_alive(as_: As, settings: Settings) -> None:
    old = timezone.now() - timedelta(seconds=settings.LEASE_S + 1)
    Worker.objects.create(name="a")
    Worker.objects.create(name="b", trouble="no sandbox")
    Worker.objects.create(name="c", heartbeat_at=old)
    assert readyz(as_(None))[1]["workers"] == {"alive": 2, "in_trouble": 1}


@pytest.mark.django_db
def test_a_sweeper_that_fell_silent_is_named(as_: As) -> None:
    record_heartbeat("sweeper")
    record_heartbeat("sweeper")
    assert readyz(as_(None))[1]["sweeper"] == "ok"
    Heartbeat.objects.update(at=F("at") - timedelta(minutes=2))
    status, answer = readyz(as_(None))
    assert status == 200
    assert re.fullmatch(r"silent for 12\d s", str(answer["sweeper"]))


@pytest.mark.django_db(transaction=True)
def test_a_running_sweeper_is_seen(as_: As, settings: Settings) -> None:
    settings.SWEEP_MS = 10
    stop = threading.Event()

    def sweep() -> None:
        run_sweeper(stop)
        connection.close()

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        while readyz(as_(None))[1]["sweeper"] == "never seen":
            time.sleep(0.01)
    finally:
        stop.set()
        sweeper.join()
    assert readyz(as_(None))[1]["sweeper"] == "ok"


@pytest.mark.django_db
def test_a_missing_migration_is_told(as_: As) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'jobs'")
    status, told = readyz(as_(None))
    assert status == 503
    assert "run `valhub migrate`" in str(told["migrations"])


@pytest.mark.django_db
def test_a_disk_that_cannot_be_written_is_told(as_: As, settings: Settings, hub_data: Path) -> None:
    settings.DATA = hub_data / "gone"
    status, told = readyz(as_(None))
    assert (status, told["status"], told["disk"]) == (503, "not ready", "failed")


@pytest.mark.django_db
def test_an_unreachable_database_is_told_without_its_address(
    as_: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cursor(*_args: object) -> None:
        raise OperationalError("could not connect to hub:hunter2@db")

    monkeypatch.setattr(connection, "cursor", cursor)
    status, told = readyz(as_(None))
    assert (status, told["database"], told["workers"]) == (503, "failed", {})
    assert "hunter2" not in str(told)
