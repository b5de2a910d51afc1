"""A hub goes on when its database restarts, without warning, in the middle of its work."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.databases import ask
from services.mariadb import MariaDB, mariadb_server
from services.postgresql import PostgreSQL, postgresql_server
from valhub.client.hub import Hub, HubRefused
from valhub.client.local_hub import LocalHub, running_hub

PASSWORD = "a long enough secret"
TEXTS = ("analysis_name", "description", "short_description", "ruleset", "dataset_description")
SLOW = (
    "import time\n\ndef estimate_azimuth(series):\n"
    "    time.sleep(1.0)\n    return float(series.iloc[0])\n"
)
UNENDED = "SELECT count(*) FROM jobs_submission WHERE status NOT IN ('finished', 'failed')"
Server = PostgreSQL | MariaDB


@pytest.fixture(scope="module", params=[postgresql_server, mariadb_server])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with request.param(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def hub(
    server: Server, tmp_path_factory: pytest.TempPathFactory, engine_cache: Path
) -> Iterator[LocalHub]:
    settings = {
        "DATABASE_URL": server.url,
        "VALHUB_CACHE": str(engine_cache),
        "VALHUB_LEASE_S": "6",
        "VALHUB_POLL_MS": "50",
        "VALHUB_SWEEP_MS": "200",
    }
    data = tmp_path_factory.mktemp("hub") / "data"
    with running_hub(data, workers=2, environment=settings) as running:
        yield running


def person(hub: LocalHub, name: str) -> Hub:
    one = Hub(hub.address)
    one.register(username=name, email=f"{name}@example.org", password=PASSWORD)
    one.sign_in(username=name, password=PASSWORD)
    return one


def restart(server: Server, down_s: float) -> None:
    server.die()
    time.sleep(down_s)
    server.start()


def test_nothing_that_was_handed_in_is_lost(
    server: Server,
    hub: LocalHub,
    tmp_path: Path,
    tiny_task: bytes,
    tiny_algorithm: Callable[..., bytes],
) -> None:
    package, archive = tmp_path / "package.zip", tmp_path / "algorithm.zip"
    package.write_bytes(tiny_task)
    archive.write_bytes(tiny_algorithm(SLOW))
    analysis_id = person(hub, "olivia").upload_analysis(dict.fromkeys(TEXTS, "x"), package)
    paul = person(hub, "paul")
    for _ in range(4):
        paul.submit(analysis_id, archive)
    for down_s in (0.0, 2.0):
        wait_for(lambda: ask(server.url, "SELECT 1 FROM jobs_shard WHERE state = 'leased'"))
        restart(server, down_s)
    wait_for(lambda: ask(server.url, UNENDED) == [(0,)], 120)
    assert ask(server.url, "SELECT status FROM jobs_submission") == [("finished",)] * 4
    assert set(files_by_run(server)) == {4}
    wait_for(lambda: beats(server) == 2)


def files_by_run(server: Server) -> list[int]:
    counted = "SELECT count(*) FROM jobs_fileresult WHERE verdict = 'scored' GROUP BY run_id"
    return [count for (count,) in ask(server.url, counted)]


def beats(server: Server) -> int:
    """How many workers have been heard of since the database came back."""
    since = "SELECT count(*) FROM jobs_worker WHERE heartbeat_at > %s"
    [[now]] = ask(server.url, "SELECT max(heartbeat_at) FROM jobs_worker")
    time.sleep(6)
    [[count]] = ask(server.url, since, now)
    return int(count)


def test_web_processes_answer_again_as_soon_as_the_database_does(
    server: Server, hub: LocalHub
) -> None:
    # Every thread of the web server has had its connection.
    askers = [threading.Thread(target=Hub(hub.address).is_ready) for _ in range(64)]
    for one in askers:
        one.start()
    for one in askers:
        one.join()
    server.die()
    assert not Hub(hub.address).is_ready()
    with pytest.raises(HubRefused, match="again"):
        person(hub, "nobody")
    server.start()
    assert all(Hub(hub.address).is_ready() for _ in range(64))
    assert person(hub, "nora").account_id


def wait_for(done: Callable[[], object], within_s: float = 240) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
