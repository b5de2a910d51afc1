"""Builders as processes of a real hub: a stuck one holds nobody, and a killed one loses nothing."""

import base64
import hashlib
import io
import os
import signal
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from valhub.client.hub import Hub, HubSubmission
from valhub.client.local_hub import running_hub

# A whole hub starts and ends.
pytestmark = pytest.mark.slow

WHEEL = "late-1.0-py3-none-any.whl"
TEXTS = ("description", "short_description", "ruleset", "dataset_description")


def wheel() -> bytes:
    info = "late-1.0.dist-info"
    files = {
        "late.py": "offset = 0\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: late\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        for name, text in files.items()
    }
    records = [f"{name},sha256={digests[name]},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*records, f"{info}/RECORD,,", ""])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@dataclass
class Index:
    """A package index that says nothing until it is let."""

    port: int = 0
    asked: int = 0
    let: threading.Event = field(default_factory=threading.Event)


@contextmanager
def index() -> Iterator[Index]:
    state, content = Index(), wheel()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            state.let.wait(240)
            is_page = self.path.startswith("/simple/")
            body = f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode() if is_page else content
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if is_page else "application/zip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # whoever asked was killed

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield state
        finally:
            state.let.set()
            server.shutdown()
            thread.join()


def builders(data: Path) -> list[int]:
    """The builders that run on a hub's data."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            own = f"VALHUB_DATA={data}".encode() in (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if own and b"build" in command:
            found.append(int(folder.name))
    return found


def wait_until(done: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 240
    while not done():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


def events(data: Path) -> list[str]:
    """What is told of environments, of all submissions, in its order."""
    query = "SELECT kind FROM jobs_event WHERE kind LIKE 'environment%' ORDER BY id"
    with closing(sqlite3.connect(f"file:{data}/hub.sqlite3?mode=ro", uri=True)) as database:
        return [kind for (kind,) in database.execute(query)]


def person(address: str, name: str) -> Hub:
    hub = Hub(address)
    hub.register(username=name, email=f"{name}@example.org", password="correct horse battery")
    hub.sign_in(username=name, password="correct horse battery")
    return hub


def with_requirements(algorithm: bytes, path: Path) -> Path:
    path.write_bytes(algorithm)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("requirements.txt", "late\n")
    return path


def test_a_stuck_builder_holds_nobody_and_a_killed_one_loses_nothing(
    tmp_path: Path, hurried: Mapping[str, str], script_example: tuple[bytes, bytes]
) -> None:
    package, plain = tmp_path / "package.zip", tmp_path / "plain.zip"
    package.write_bytes(script_example[0])
    plain.write_bytes(script_example[1])
    late = with_requirements(script_example[1], tmp_path / "late.zip")
    data = tmp_path / "data"
    own = {
        "VALHUB_CACHE": str(tmp_path / "cache"),
        "DATABASE_URL": f"sqlite:///{data}/hub.sqlite3",
    }
    with index() as remote:
        own["UV_DEFAULT_INDEX"] = f"http://127.0.0.1:{remote.port}/simple"
        with running_hub(data, workers=2, environment={**hurried, **own}) as hub:
            organiser, other = (person(hub.address, name) for name in ("olivia", "peter"))
            fields = {"analysis_name": "Declination", **dict.fromkeys(TEXTS, "x")}
            analysis = organiser.upload_analysis(fields, package)
            stuck = organiser.submit(analysis, late)
            wait_until(lambda: remote.asked > 0, hub.log)

            def now(one: HubSubmission) -> HubSubmission:
                return organiser.submission(one.id)

            ready = other.submit(analysis, plain)
            wait_until(lambda: now(ready).status == "finished", hub.log)
            assert now(stuck).status == "submitted"
            assert events(data) == ["environment_waiting", "environment_building"]
            [first] = builders(data)
            os.kill(first, signal.SIGKILL)
            remote.let.set()
            wait_until(lambda: now(stuck).has_ended, hub.log)
            assert now(stuck).status == "finished"
            assert events(data) == [
                "environment_waiting",
                *["environment_building"] * 2,
                "environment_ready",
            ]
            assert first not in builders(data)
    assert builders(data) == []
