"""Uploads go on while the web server restarts, again and again, on a socket that is kept."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.passed_socket import passing
from services.tied import tied
from valhub.client.hub import Hub

RESTARTS = 10
UPLOADERS = 2
TEXTS = dict.fromkeys(
    ("analysis_name", "description", "short_description", "ruleset", "dataset_description"), "Tiny"
)
PASSWORD = "correct horse battery"


class Activator:
    """Holds a listening socket, and starts the web server on it, as systemd does."""

    def __init__(self, data: Path) -> None:
        self._environment = os.environ | {
            "VALHUB_DATA": str(data),
            "GUNICORN_CMD_ARGS": "--workers=1",
            "VALHUB_QUOTA_RUNNING": "1000",
            "VALHUB_QUOTA_PER_DAY": "1000",
        }
        self._log = data.with_name("web.log")
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.start()

    def start(self) -> None:
        descriptor = self._listener.fileno()
        with self._log.open("ab") as log:
            self._web = tied(
                subprocess.Popen(
                    passing(descriptor, "web"),
                    pass_fds=[descriptor],
                    env=self._environment,
                    stdout=log,
                    stderr=log,
                )
            )

    def restart(self) -> int:
        self._web.terminate()
        status = self._web.wait(120)
        self.start()
        return status

    def close(self) -> None:
        self._web.kill()
        self._web.wait()
        self._listener.close()


class Uploaders:
    """People who submit one algorithm after the other, each waiting for its answer."""

    def __init__(self, people: list[Hub], analysis_id: int, algorithm: Path) -> None:
        self.answered: list[str] = []
        self.failed: list[BaseException] = []
        self._stop = threading.Event()
        self._more = threading.Condition()
        self._threads = [
            threading.Thread(target=self._upload, args=(person, analysis_id, algorithm))
            for person in people
        ]

    def _upload(self, person: Hub, analysis_id: int, algorithm: Path) -> None:
        while not self._stop.is_set():
            try:
                answer = person.submit(analysis_id, algorithm).id
            except BaseException as error:  # noqa: BLE001 - the test shows it
                self.failed.append(error)
                return
            with self._more:
                self.answered.append(answer)
                self._more.notify()

    def wait_for_more(self) -> None:
        """Wait for an answer that has not come yet: one of the process that runs now."""
        with self._more:
            number = len(self.answered)
            assert self._more.wait_for(lambda: len(self.answered) > number, timeout=120)

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()


@pytest.fixture
def activator(tmp_path: Path) -> Iterator[Activator]:
    data = tmp_path / "data"
    command = [sys.executable, "-m", "valhub.server", "migrate"]
    subprocess.run(command, env={**os.environ, "VALHUB_DATA": str(data)}, check=True)
    made = Activator(data)
    yield made
    made.close()


@pytest.mark.slow
def test_no_upload_is_lost_or_doubled_by_restarts(
    activator: Activator, tmp_path: Path, tiny_task: bytes, tiny_algorithm: Callable[..., bytes]
) -> None:
    (tmp_path / "tiny.zip").write_bytes(tiny_task)
    (tmp_path / "algorithm.zip").write_bytes(tiny_algorithm())
    people = []
    for number in range(UPLOADERS):
        people.append(Hub(activator.address))
        name = f"person{number}"
        people[-1].register(username=name, email=f"{name}@example.org", password=PASSWORD)
        people[-1].sign_in(username=name, password=PASSWORD)
    analysis_id = people[0].upload_analysis(TEXTS, tmp_path / "tiny.zip")
    uploaders = Uploaders(people, analysis_id, tmp_path / "algorithm.zip")
    with uploaders.running():
        for _ in range(RESTARTS):
            uploaders.wait_for_more()
            assert activator.restart() == 0
    assert uploaders.failed == []
    with closing(sqlite3.connect(tmp_path / "data" / "hub.sqlite3")) as database:
        stored = [row[0] for row in database.execute("SELECT id FROM jobs_submission")]
    assert len(stored) >= RESTARTS
    answered = sorted(one.replace("-", "") for one in uploaders.answered)
    assert sorted(one.replace("-", "") for one in stored) == answered
