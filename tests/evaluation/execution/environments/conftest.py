"""Tiny wheels made on the spot, and the places an index may be: a folder, a page, a server."""

import base64
import hashlib
import json
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tiny.wheels import build_wheel
from valhub.evaluation.execution.environments import (
    EnvironmentStore,
    Interpreter,
    PackageIndex,
    find_interpreter,
)
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

CREDENTIALS = "reader:t0psecret"


def build_sdist(folder: Path, name: str, version: str = "1.0") -> Path:
    """Write a source distribution whose setup.py would leave a mark."""
    source = folder / "source" / f"{name}-{version}"
    source.mkdir(parents=True)
    (source / "setup.py").write_text("open('/build/cache/ran-setup-py', 'w')\n")
    (source / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(source, source.name)
    return path


def build_folder_index(root: Path, wheels: list[Path]) -> PackageIndex:
    """Write a `file://` index with one page per wheel, its links relative as mirrors have them."""
    for wheel in wheels:
        page = root / "simple" / wheel.name.partition("-")[0] / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (root / "files").mkdir(exist_ok=True)
        (root / "files" / wheel.name).write_bytes(wheel.read_bytes())
        page.write_text(f'<a href="../../files/{wheel.name}#sha256={digest}">{wheel.name}</a>')
    return PackageIndex(((root / "simple").as_uri(),))


@dataclass
class IndexServer:
    """An index behind a password; `answers` maps paths to content type and body."""

    answers: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    port: int = 0
    slow: str = ""
    hung_up: threading.Event = field(default_factory=threading.Event)

    @property
    def index(self) -> PackageIndex:
        return PackageIndex((f"http://{CREDENTIALS}@127.0.0.1:{self.port}/simple",))

    def offer(self, wheel: Path, link: str | None = None) -> None:
        """Serve a wheel and the page that links to it."""
        name = wheel.name.partition("-")[0]
        page = f'<a href="{link or f"/files/{wheel.name}"}">{wheel.name}</a>'
        self.answers[f"/simple/{name}/"] = ("text/html", page.encode())
        self.answers[f"/files/{wheel.name}"] = ("application/zip", wheel.read_bytes())

    def offer_dated(self, uploaded: Mapping[Path, str | None]) -> None:
        """Serve wheels of one project, each with its time of upload or without one."""
        files = []
        for wheel, moment in uploaded.items():
            url = f"/files/{wheel.name}"
            dated = {} if moment is None else {"upload-time": moment}
            files.append({"filename": wheel.name, "url": url, **dated})
            self.answers[url] = ("application/zip", wheel.read_bytes())
        name = files[0]["filename"].partition("-")[0]
        page = json.dumps({"meta": {"api-version": "1.0"}, "files": files}).encode()
        self.answers[f"/simple/{name}/"] = ("application/vnd.pypi.simple.v1+json", page)

    def respond(self, request: BaseHTTPRequestHandler) -> None:
        password = request.headers.get("Authorization")
        self.seen.append((request.path, password))
        expected = "Basic " + base64.b64encode(CREDENTIALS.encode()).decode()
        kind, body = self.answers.get(request.path, ("", b""))
        status = 200 if request.path in self.answers else 404
        status = 302 if request.path in self.redirects else status
        request.send_response(status if password == expected else 401)
        request.send_header("Location", self.redirects.get(request.path, ""))
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.path == self.slow and request.command == "GET":
            # All but the end comes at once, and the end not before somebody hangs up.
            request.wfile.write(body[:-100])
            self.hung_up.wait()
        elif request.command == "GET" and password == expected:
            request.wfile.write(body)


@pytest.fixture
def make_wheel() -> Callable[..., Path]:
    return build_wheel


@pytest.fixture
def make_sdist() -> Callable[..., Path]:
    return build_sdist


@pytest.fixture
def make_folder_index() -> Callable[..., PackageIndex]:
    return build_folder_index


def _running(server: IndexServer) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.respond(self)

        def do_HEAD(self) -> None:
            server.respond(self)

        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = http.server_address[1]
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    return http


@pytest.fixture
def index_server() -> Iterator[IndexServer]:
    server = IndexServer()
    with _running(server) as http:
        yield server
        server.hung_up.set()
        http.shutdown()


@pytest.fixture
def other_server() -> Iterator[IndexServer]:
    """Another index on another port: another origin."""
    server = IndexServer()
    with _running(server) as http:
        yield server
        server.hung_up.set()
        http.shutdown()


@pytest.fixture(scope="session")
def python() -> Interpreter:
    return find_interpreter()


@pytest.fixture(scope="session")
def installer_sandbox() -> Iterator[Bubblewrap]:
    with Bubblewrap.open() as sandbox:
        yield sandbox


@pytest.fixture
def make_store(tmp_path: Path, installer_sandbox: Bubblewrap) -> Callable[..., EnvironmentStore]:
    """Open the test's one store on an index, as often as the test likes."""

    def open_store(index: PackageIndex, **options: object) -> EnvironmentStore:
        root = tmp_path / "store"
        return EnvironmentStore(root, installer_sandbox, index=index, **options)

    return open_store


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Folder for wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def wheel_index(wheels: Path) -> PackageIndex:
    """The folder of wheels as the only place packages come from."""
    return PackageIndex((), (wheels.as_uri(),))
