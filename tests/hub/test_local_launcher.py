"""A hub on one machine that launches workers when there is work, and rests when there is none."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from services.databases import empty_database
from valhub.client.hub import Hub, HubSubmission
from valhub.client.local_hub import LocalHub, running_hub

# Each starts a hub that launches workers; the launcher itself has quick tests of its own.
pytestmark = pytest.mark.slow

PERSON = {"username": "olivia", "password": "correct horse battery staple"}
TEXTS = dict.fromkeys(("description", "short_description", "ruleset", "dataset_description"), "x")
LAUNCHING = {
    "VALHUB_LAUNCHER": "local",
    "VALHUB_SCALE_MS": "200",
    "VALHUB_INSTANCE_IDLE_S": "2",
}


@pytest.fixture
def resting(tmp_path: Path, hurried: Mapping[str, str]) -> Iterator[LocalHub]:
    """A hub without any worker of its own."""
    data = tmp_path / "data"
    with empty_database(data) as url:
        environment = {**hurried, **LAUNCHING, "DATABASE_URL": url}
        with running_hub(data, environment=environment) as running:
            yield running


@pytest.fixture
def olivia(resting: LocalHub) -> Hub:
    """Publishes an analysis, and takes part in it."""
    made = Hub(resting.address)
    made.register(email="olivia@example.org", **PERSON)
    made.sign_in(**PERSON)
    return made


def workers(hub: LocalHub) -> dict[str, int]:
    with urllib.request.urlopen(f"{hub.address}readyz", timeout=120) as answer:
        told: dict[str, int] = json.load(answer)["workers"]
    return told


def wait_for(condition: Callable[[], bool], within_s: float = 240) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.1)


def ended(person: Hub, submission: HubSubmission) -> HubSubmission:
    wait_for(lambda: person.submission(submission.id).has_ended, 120)
    return person.submission(submission.id)


def kill_sweeper(hub: LocalHub) -> None:
    own = f"VALHUB_DATA={hub.log.with_suffix('')}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_own = own in (folder / "environ").read_bytes().split(b"\0")
            if is_own and (folder / "cmdline").read_bytes().endswith(b"valhub.server\0sweep\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                return
    pytest.fail("There is no sweeper.")


@pytest.fixture
def analysis(olivia: Hub, tmp_path: Path, tiny_task: bytes) -> int:
    """The number of a small analysis."""
    (tmp_path / "task.zip").write_bytes(tiny_task)
    return olivia.upload_analysis({"analysis_name": "Tiny", **TEXTS}, tmp_path / "task.zip")


@pytest.fixture
def algorithm(tmp_path: Path, tiny_algorithm: Callable[..., bytes]) -> Path:
    """An algorithm for it."""
    (tmp_path / "algorithm.zip").write_bytes(tiny_algorithm())
    return tmp_path / "algorithm.zip"


def test_workers_come_with_work_and_leave_without(
    resting: LocalHub, olivia: Hub, analysis: int, algorithm: Path
) -> None:
    wait_for(lambda: workers(resting)["alive"] == 1)
    submission = olivia.submit(analysis, algorithm)
    assert ended(olivia, submission).status == "finished"
    wait_for(lambda: workers(resting)["alive"] == 0)
    resting.stop()
    assert "Traceback" not in resting.log.read_text()


def test_a_killed_sweeper_leaves_no_worker_behind_and_loses_nothing(
    resting: LocalHub, olivia: Hub, analysis: int, algorithm: Path
) -> None:
    wait_for(lambda: workers(resting)["alive"] == 1)
    kill_sweeper(resting)
    submission = olivia.submit(analysis, algorithm)
    assert ended(olivia, submission).status == "finished"
    wait_for(lambda: workers(resting)["alive"] == 0)
