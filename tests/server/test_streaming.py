"""Streams of real servers: cut, restarted, killed and refused, with a client that asks again."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connections

from services.databases import address_of_test_database
from services.processes import free_port, listens
from services.tied import tied
from tests.api.v1.conftest import V1, bearer
from tests.jobs.conftest import wait_until
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.jobs.models import Status, Submission
from valhub.jobs.services.events import record_event

# Servers start again and again.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

READ_S = 60.0
HOST = "127.0.0.1"
BROKEN = (OSError, http.client.HTTPException)


class Server:
    """One process that serves streams, on the test's own database."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.port = free_port()
        self._command = [
            sys.executable, "-P", "-m", "valhub.server", kind, f"--host={HOST}",
            f"--port={self.port}",
        ]  # fmt: skip
        self._log = folder / "server.log"
        self._environment = {
            **os.environ,
            "DATABASE_URL": address_of_test_database(),
            "VALHUB_DATA": str(folder),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = tied(
                subprocess.Popen(self._command, env=self._environment, stderr=log, stdout=log)
            )
        wait_until(lambda: listens(self.port), 240.0)

    def end(self, number: int) -> int:
        """Send a signal, and wait; gives how it ended."""
        assert self._process is not None
        self._process.send_signal(number)
        status = self._process.wait(240)
        # What a killed web server leaves behind ends by itself, and frees the port.
        wait_until(lambda: not listens(self.port), 240.0)
        return status

    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[Server]:
    server = Server(kind, folder)
    server.start()
    try:
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.end(signal.SIGTERM)


@dataclass
class Reader:
    """A client as browsers are: it sends back the last id when a stream broke."""

    port: int
    path: str
    headers: dict[str, str]
    seen: list[tuple[str, str]] = field(default_factory=list)
    last: str = ""
    streams: int = 0

    @contextmanager
    def asking(self) -> Iterator[http.client.HTTPResponse]:
        """Ask for the stream, and leave when the block ends."""
        more = {"Last-Event-ID": self.last} if self.last else {}
        headers = {**self.headers, "Accept": "text/event-stream", **more}
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=READ_S)) as connection:
            connection.request("GET", self.path, headers=headers)
            with connection.getresponse() as answer:
                self.streams += 1
                yield answer

    def read(self, answer: http.client.HTTPResponse, until: str = "") -> None:
        """Read a stream to its end, or to an id; what has not arrived whole does not count."""
        fields: dict[str, str] = {}
        while line := answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
                continue
            self.last = fields.get("id", self.last)
            if "data" in fields:
                json.loads(fields["data"])
                self.seen.append((fields["id"], fields["event"]))
            fields = {}
            if until and self.last == until:
                return

    def follow(self) -> None:
        """Read on until there is no more to read, whatever breaks."""
        while not self.last.endswith("-ended"):
            with suppress(*BROKEN), self.asking() as answer:
                self.read(answer)
            time.sleep(0.02)


@pytest.fixture
def submission(participant: Account, organiser: Account) -> Submission:
    """A submission with two events that goes on."""
    analysis = Analysis.objects.create(analysis_name="Shifts", creator=organiser)
    made = Submission.objects.create(
        analysis=analysis, created_by=participant, status=Status.RUNNING, algorithm="a.zip"
    )
    for number in (1, 2):
        record_event(made.pk, "note", reason=f"event {number}")
    return made


@pytest.fixture(params=["web", "events"])
def server(request: pytest.FixtureRequest, hub_data: Path) -> Iterator[Server]:
    with serving(request.param, hub_data) as started:
        yield started


@pytest.fixture
def reader(server: Server, submission: Submission, participant: Account) -> Reader:
    path = f"{V1}/submissions/{submission.pk}/events"
    return Reader(server.port, path, bearer(participant))


def write_on(submission: Submission, stop: threading.Event) -> None:
    try:
        while not stop.wait(0.02):
            record_event(submission.pk, "note", reason="goes on")
        record_event(submission.pk, "finished", run=1)
        Submission.objects.filter(pk=submission.pk).update(status=Status.FINISHED)
    finally:
        connections.close_all()


def test_a_stream_goes_on_after_cuts_and_restarts(
    server: Server, reader: Reader, submission: Submission
) -> None:
    with reader.asking() as answer:
        reader.read(answer, until="2")
    stop = threading.Event()
    threads = [
        threading.Thread(target=write_on, args=(submission, stop)),
        threading.Thread(target=reader.follow),
    ]
    for one in threads:
        one.start()
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            before = reader.streams, len(reader.seen)
            wait_until(lambda: (reader.streams, len(reader.seen)) > before, 60.0)  # noqa: B023
            status = server.end(number)
            assert status == (0 if number == signal.SIGTERM else -number)
            server.start()
        count = len(reader.seen)
        wait_until(lambda: len(reader.seen) > count, 60.0)
    finally:
        stop.set()
        for one in threads:
            one.join()
    count = Submission.objects.get(pk=submission.pk).events_count
    assert [one[0] for one in reader.seen] == [*map(str, range(1, count + 1)), f"{count}-ended"]
    assert count > 10
    assert reader.streams > 3
    with reader.asking() as answer:
        assert answer.status == 204
    assert "Traceback" not in server.log()


def test_a_revoked_token_ends_its_streams(
    server: Server, reader: Reader, participant: Account
) -> None:
    with reader.asking() as answer:
        reader.read(answer, until="2")
        participant.tokens.all().delete()
        reader.read(answer)  # to its end; without one it would be an error
    assert reader.last == "2"
    with reader.asking() as answer:
        assert answer.status == 401


@pytest.mark.parametrize(("kind", "places"), [("web", 2), ("events", 1)])
def test_clients_that_leave_free_their_places(
    kind: str, places: int, hub_data: Path, submission: Submission, participant: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("VALHUB_WEB_STREAMS", "VALHUB_EVENT_STREAMS"):
        monkeypatch.setenv(name, "1")
    with serving(kind, hub_data) as server:
        path = f"{V1}/submissions/{submission.pk}/events"
        reader = Reader(server.port, path, bearer(participant))
        for _ in range(2):
            with ExitStack() as held:
                hold(reader, held, places)
                # None is left in any process, to which the kernel deals connections as it likes.
                for _ in range(10):
                    with reader.asking() as answer:
                        assert answer.status == 503


def hold(reader: Reader, held: ExitStack, places: int) -> None:
    """Hold so many places."""
    count = 0

    def hold_one_more() -> bool:
        nonlocal count
        with ExitStack() as one:
            if one.enter_context(reader.asking()).status == 200:
                held.push(one.pop_all())
                count += 1
        return count == places

    wait_until(hold_one_more, 60.0)
