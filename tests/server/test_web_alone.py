"""`valhub migrate` and `valhub web`: the parts of a hub that is not one command."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.tied import tied
from valhub.client.hub import Hub

# Whole processes start and end, so they mostly wait.
pytestmark = pytest.mark.slow

TOKEN = "a-token-of-the-tests"


def valhub(*arguments: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "valhub.client.cli", *arguments, f"--data={data}"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts") / "data"


@pytest.fixture(scope="module")
def warnings(data: Path) -> Path:
    """Where the web server's errors go."""
    return data.with_name("web.log")


@pytest.fixture(scope="module")
def web(data: Path, warnings: Path) -> Iterator[str]:
    """The address of a web server without a database at first."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "VALHUB_METRICS_TOKEN": TOKEN}
    command = valhub("web", f"--port={port}", data=data)
    with (
        warnings.open("wb") as log,
        tied(subprocess.Popen(command, env=environment, stderr=log)) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        wait_for_answer(address)
        yield address
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def wait_for_answer(address: str) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/livez").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("The web server did not start.")


def test_a_web_server_without_a_database_lives_and_is_not_ready(web: str, warnings: Path) -> None:
    assert not Hub(web).is_ready()
    warned = warnings.read_text()
    assert warned.startswith("Warning: The database ")
    assert "is not ready for this version. Start the hub with valhub up" in warned


def test_migrating_makes_it_ready_and_happens_once(web: str, data: Path) -> None:
    told = [
        subprocess.run(valhub("migrate", data=data), check=True, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert told[0].stdout.startswith("First start: creating the database ")
    assert told[1].stdout == ""
    assert Hub(web).is_ready()


def test_requests_to_all_processes_are_counted_together(web: str, data: Path) -> None:
    subprocess.run(valhub("migrate", data=data), check=True)
    for _ in range(40):
        urllib.request.urlopen(f"{web}/sign-in").close()
    request = urllib.request.Request(f"{web}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request) as answer:
        told = answer.read().decode()
    assert re.search(r'_count\{answer="2xx",method="GET",route="/sign-in"\} 40\.0', told)
