"""The whole hub as processes: starting, stopping, and being killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from valhub import __version__
from valhub.client.hub import Hub
from valhub.client.local_hub import HubDidNotStart, LocalHub, running_hub

# Whole hubs start and end, so they mostly wait.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub") / "data"


@pytest.fixture(scope="module")
def hub(data: Path) -> Iterator[LocalHub]:
    with running_hub(data, workers=1) as running:
        yield running


def processes_of(hub: LocalHub) -> dict[int, str]:
    """Everything that runs on this hub's data, by process number."""
    own = f"VALHUB_DATA={hub.log.with_suffix('')}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if own in variables:
            found[int(folder.name)] = command
    return found


def one_of(hub: LocalHub, words: str) -> int:
    return min(pid for pid, command in processes_of(hub).items() if words in command)


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert condition()


def test_first_start_says_that_it_makes_the_database(hub: LocalHub, data: Path) -> None:
    told = hub.log.read_text()
    assert told.startswith("First start: creating the database ")
    assert f"The hub listens on {hub.address} (Ctrl-C stops it)." in told


@pytest.mark.parametrize("process", ["supervisor", "web", "worker", "sweeper"])
def test_every_process_logs_its_start_with_the_version(hub: LocalHub, process: str) -> None:
    wanted = {"event": "process_started", "process": process, "version": __version__}
    wait_for(lambda: any(wanted.items() <= line.items() for line in lines_of(hub)))


def lines_of(hub: LocalHub) -> list[dict[str, object]]:
    return [json.loads(line) for line in hub.log.read_text().splitlines() if line[-1:] == "}"]


@pytest.mark.parametrize("words", ["gunicorn", "valhub.server worker", "valhub.server sweep"])
def test_what_is_killed_is_started_again(hub: LocalHub, words: str) -> None:
    wait_for(lambda: any(words in command for command in processes_of(hub).values()))
    killed = one_of(hub, words)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in processes_of(hub))
    wait_for(lambda: any(words in command for command in processes_of(hub).values()))
    assert Hub(hub.address).is_ready()


def test_a_second_hub_on_the_same_data_is_refused(hub: LocalHub, data: Path) -> None:
    command = [sys.executable, "-m", "valhub.client.cli", "up", "--port=0", f"--data={data}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert re.search(
        rf"Error: Another hub \(process \d+\) uses the data folder {data}", done.stderr
    )


def test_a_port_in_use_is_told_in_one_sentence(hub: LocalHub, tmp_path: Path) -> None:
    port = int(hub.address.rstrip("/").rpartition(":")[2])
    refused = pytest.raises(HubDidNotStart, match=rf"Port {port} of 127\.0\.0\.1 is in use")
    with refused, running_hub(tmp_path / "other", port=port):
        pytest.fail("Two hubs listen on one port.")


def test_a_wrong_setting_is_told_without_a_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "VALHUB_LEASE_S": "soon"}
    command = [sys.executable, "-m", "valhub.client.cli", "up", "--port=0", f"--data={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: VALHUB_LEASE_S is 'soon'")


def test_stopping_and_killing_a_supervisor_leave_no_process(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_hub(data, workers=1) as first:
        first.stop()
        assert first.process.returncode == 0
        assert processes_of(first) == {}
        assert first.log.read_text().endswith("The hub has stopped.\n")
    with running_hub(data, workers=1) as again:
        wait_for(lambda: len(processes_of(again)) >= 6)
        again.process.kill()
        wait_for(lambda: processes_of(again) == {})
    assert "First start" not in again.log.read_text()
