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
from valhub.cloud.launchers.local_process import LocalLauncher
from valhub.jobs.beating import beating
from valhub.jobs.models import Heartbeat, Worker
from valhub.jobs.scaler import run_scaler
from valhub.jobs.services.heartbeats import BUILDER, PROCESSES, forget_heartbeat, record_heartbeat
from valhub.jobs.sweeper import run_sweeper
from valhub.jobs.worker.heartbeat import Heartbeat as WorkerHeartbeat

As = Callable[[Account | None], Client]


def readyz(client: Client) -> tuple[int, dict[str, object]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_livez_needs_nothing_but_the_process(as_: As) -> None:
    assert as_(None).get("/livez").json() == {"status": "alive"}


@pytest.mark.django_db
def test_a_hub_without_workers_is_ready_and_says_so(as_: As) -> None:
    checks = {"database": "ok", "migrations": "ok", "disk": "ok", "queue": "ok"}
    checks["space"] = "ok"
    rest = {"processes": {"sweeper": "not running"}, "workers": {"alive": 0, "in_trouble": 0}}
    rest["environments"] = {"waiting": 0, "running": 0, "oldest_s": 0}
    assert readyz(as_(None)) == (200, {"status": "ready", **checks, **rest})


@pytest.mark.django_db
def test_workers_with_a_fresh_heartbeat_are_alive(as_: As, settings: Settings) -> None:
    old = timezone.now() - timedelta(seconds=settings.LEASE_S + 1)
    Worker.objects.create(name="a")
    Worker.objects.create(name="b", trouble="no sandbox")
    Worker.objects.create(name="c", heartbeat_at=old)
    assert readyz(as_(None))[1]["workers"] == {"alive": 2, "in_trouble": 1}


def processes(client: Client) -> dict[str, str]:
    status, answer = readyz(client)
    assert status == 200
    found = answer["processes"]
    assert isinstance(found, dict)
    return found


# Of builders, which are missed only while something waits for them, see `test_builds`.
@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in PROCESSES if kind != BUILDER])
def test_a_process_that_fell_silent_is_named(as_: As, settings: Settings, kind: str) -> None:
    settings.SWEEP_MS = settings.SCALE_MS = 2000
    for every in PROCESSES:
        record_heartbeat(every)
    assert processes(as_(None)) == dict.fromkeys(PROCESSES, "ok")
    Heartbeat.objects.filter(process=kind).update(at=F("at") - timedelta(minutes=2))
    found = processes(as_(None))
    assert re.fullmatch(r"silent for 12\d s", found.pop(kind))
    assert set(found.values()) == {"ok"}
    record_heartbeat(kind)
    assert processes(as_(None))[kind] == "ok"


@pytest.mark.django_db
def test_a_process_that_ended_in_order_is_missed_only_if_it_is_needed(
    as_: As, settings: Settings
) -> None:
    for kind in PROCESSES:
        record_heartbeat(kind)
        forget_heartbeat(kind)
    assert processes(as_(None)) == {"sweeper": "not running"}
    settings.LAUNCHER = "local"
    assert processes(as_(None)) == {"sweeper": "not running", "scaler": "not running"}


@pytest.mark.django_db
def test_a_row_that_is_new_is_not_written_again() -> None:
    record_heartbeat("worker")
    [first] = Heartbeat.objects.values_list("at", flat=True)
    record_heartbeat("worker")
    assert list(Heartbeat.objects.values_list("at", flat=True)) == [first]


def sweep(stop: threading.Event) -> None:
    run_sweeper(stop)
    connection.close()


def scale(stop: threading.Event) -> None:
    run_scaler(stop, LocalLauncher("valhub-", 60))


def supervise(stop: threading.Event) -> None:
    with beating("supervisor"):
        stop.wait()


def work(stop: threading.Event) -> None:
    heartbeat = WorkerHeartbeat("host-7")
    heartbeat.start()
    stop.wait()
    heartbeat.end()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "loop", "ended"),
    [
        ("sweeper", sweep, "not running"),
        ("scaler", scale, "not running"),
        ("supervisor", supervise, None),
        ("worker", work, None),
    ],
)
def test_a_process_is_seen_while_it_runs(
    as_: As, settings: Settings, kind: str, loop: Callable[[threading.Event], None], ended: object
) -> None:
    settings.SWEEP_MS = settings.SCALE_MS = 10
    settings.LAUNCHER = "local"
    stop = threading.Event()
    running = threading.Thread(target=loop, args=(stop,))
    running.start()
    try:
        while processes(as_(None)).get(kind) != "ok" and running.is_alive():
            time.sleep(0.01)
        assert running.is_alive()
    finally:
        stop.set()
        running.join()
    assert processes(as_(None)).get(kind) == ended


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
def test_a_disk_that_is_nearly_full_is_told_and_pages_are_served(
    as_: As, settings: Settings
) -> None:
    settings.RESERVED_BYTES = 2**60
    status, answer = readyz(as_(None))
    assert (status, answer["space"]) == (200, "nearly full; uploads are refused")


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
