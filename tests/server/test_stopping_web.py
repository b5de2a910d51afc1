"""A web process that stops: it listens no more, and every request in hand gets an answer.

The database is locked by another process's transaction, as by a worker that is frozen in one.
"""

import os
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

import pytest

from services.processes import free_port, wait_for_port, wait_for_silence
from services.tied import tied
from valhub.cloud.databases import LOCK_WAIT_S
from valhub.server import web_process, web_server

# More than the threads of all web processes, so that some have not even begun.
MANY = web_server.workers * web_server.threads + 8
# As many as one process has threads, so that all begin wherever they go.
FEW = 8


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stopping") / "data"
    command = [sys.executable, "-m", "valhub.server", "migrate"]
    subprocess.run(command, env={**os.environ, "VALHUB_DATA": str(folder)}, check=True)
    return folder


@contextmanager
def serving(data: Path, grace_s: int) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """`valhub web` with another grace than its own; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "valhub.client.cli", "web", f"--port={port}"]
    environment = {**os.environ, "VALHUB_DATA": str(data)}
    environment["GUNICORN_CMD_ARGS"] = f"--graceful-timeout={grace_s}"
    with (data.parent / "web.log").open("ab") as log:
        web = tied(subprocess.Popen([*command], env=environment, stderr=log, stdout=log))
    try:
        wait_for_port(port, web)
        # It listens before its processes are there; then somebody waits for them.
        urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=120).close()
        yield port, web
    finally:
        web.kill()
        web.wait()


def sent(port: int, number: int, *, whole: bool = True) -> socket.socket:
    """A sign-in that fails, once its failure could be written down."""
    body = urlencode({"username": f"nobody{number}", "password": "x"}).encode()
    head = (
        f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", port), timeout=120)
    connection.sendall(head.encode() + (body if whole else body[:-5]))
    return connection


def answers(connections: list[socket.socket]) -> Counter[tuple[int, bool]]:
    """How often there was which status, and whether with the time after which to try again."""
    found: Counter[tuple[int, bool]] = Counter()
    for connection in connections:
        with connection:
            answer = HTTPResponse(connection)
            answer.begin()
            answer.read()
            found[answer.status, "Retry-After" in answer.headers] += 1
    return found


@contextmanager
def locked(data: Path) -> Iterator[None]:
    with closing(sqlite3.connect(data / "hub.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.slow
def test_requests_that_cannot_end_are_answered_before_the_grace_is_over(data: Path) -> None:
    with serving(data, 6) as (port, web), locked(data):
        connections = [sent(port, number) for number in range(MANY)]
        web.terminate()
        wait_for_silence(port)
        assert web.poll() is None, "It listens no more, and still has requests in hand."
        assert answers(connections) == {(503, True): MANY}
        assert web.wait(120) == 0


@pytest.mark.slow
def test_requests_in_hand_are_answered_once_they_can_be(data: Path) -> None:
    with serving(data, web_server.graceful_timeout) as (port, web):
        with locked(data):
            connections = [sent(port, number) for number in range(FEW)]
            web.terminate()
            wait_for_silence(port)
        assert answers(connections) == {(401, False): FEW}
        assert web.wait(120) == 0


@pytest.mark.slow
def test_an_upload_that_has_not_arrived_is_refused_whole(data: Path) -> None:
    with serving(data, 6) as (port, web):
        connections = [sent(port, number, whole=False) for number in range(FEW)]
        web.terminate()
        assert answers(connections) == {(503, True): FEW}
        assert web.wait(120) == 0


@pytest.mark.slow
def test_slow_bodies_leave_threads_to_others(data: Path) -> None:
    """Without an end to the wait, they would hold every thread, and the page would not come."""
    with serving(data, 6) as (port, _), ExitStack() as open_ones:
        for number in range(MANY):
            open_ones.enter_context(sent(port, number, whole=False))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=60) as answer:
            assert answer.status == 200


def test_a_request_may_wait_for_a_lock_within_the_grace() -> None:
    assert web_process.NO_MORE_BEGIN_S > LOCK_WAIT_S + web_process.NO_MORE_WAIT_S
    assert web_server.graceful_timeout > web_process.NO_MORE_BEGIN_S
