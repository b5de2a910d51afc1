"""The package index as a sandbox without a network sees it.

It serves one index, `/simple/<project>/`, made of all the indexes and find-links of this
machine, and `/file/<id>/<name>` for the wheels, and only for those, that a page it served has
linked to. It answers GET and HEAD and serves no other address, and nothing more once one step has
asked for too much (`index_use`).
"""

import logging
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urldefrag

from valhub.evaluation.execution.environments.file_streams import open_file
from valhub.evaluation.execution.environments.index_catalogue import IndexCatalogue
from valhub.evaluation.execution.environments.index_fetching import NotOnIndex, Reply, broke_off
from valhub.evaluation.execution.environments.index_use import IndexUse
from valhub.evaluation.execution.environments.package_index import NoPackageIndex
from valhub.evaluation.execution.environments.simple_pages import JSON_PAGE, write_page

_log = logging.getLogger(__name__)

FILE_BYTES = 4 * 1024**3
_PIECE_BYTES = 256 * 1024
_TOO_MUCH = 413
_CLIENT_TIMEOUT_S = 120
_PROJECT = re.compile(r"/simple/([a-z0-9]+(?:-[a-z0-9]+)*)/?\Z")
_FILE = re.compile(r"/file/([0-9a-f]{32})/[^/?#]+?(\.metadata)?\Z")
_PASSED_ON = ("content-length", "content-range", "accept-ranges", "etag", "last-modified")


@contextmanager
def serve_index(
    catalogue: IndexCatalogue, listener: socket.socket, use: IndexUse
) -> Iterator[None]:
    """Serve a catalogue on a listening socket until the block ends.

    Parameters
    ----------
    use : IndexUse
        Counts what is asked for.
    listener : socket.socket
        Listening stream socket; it may belong to another network namespace. It is closed.
    """
    with _Server(catalogue, listener, use) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, catalogue: IndexCatalogue, listener: socket.socket, use: IndexUse) -> None:
        super().__init__(("", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.catalogue = catalogue
        self.use = use

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        _log.warning("index-proxy-request-broke-off", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _CLIENT_TIMEOUT_S
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        _log.debug("index-proxy-request " + format, *args)

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self._answering = False
        try:
            self._route()
        except NotOnIndex as missing:
            self._begin(missing.status, {"content-length": "0"})
        except NoPackageIndex as failure:
            self.server.catalogue.note_failure(self.path, failure)
            self._fail()
        except ConnectionError:
            self.close_connection = True

    def _route(self) -> None:
        if project := _PROJECT.match(self.path):
            self._send_page(project[1])
        elif file := _FILE.match(self.path):
            self._send_file(file[1], file[2] or "")
        else:
            raise NotOnIndex(404)

    def _send_page(self, project: str) -> None:
        if not self.server.use.note_project(project):
            raise NotOnIndex(_TOO_MUCH)
        files = self.server.catalogue.files(project)
        links = ((link, f"/file/{name}/{quote(link.filename)}") for name, link in files.items())
        page = write_page(project, links)
        # The addresses in a page are good only as long as this proxy runs.
        headers = {"content-type": JSON_PAGE, "cache-control": "no-cache"}
        self._begin(200, {**headers, "content-length": str(len(page))})
        if self.command == "GET":
            self.wfile.write(page)

    def _send_file(self, identifier: str, suffix: str) -> None:
        catalogue = self.server.catalogue
        url = urldefrag(catalogue.offered(identifier).url).url
        asked = self.headers.get("Range")
        with open_file(
            _with_suffix(url, suffix), catalogue.fetcher, byte_range=asked, method=self.command
        ) as reply:
            if int(reply.headers.get("content-length", 0)) > FILE_BYTES:
                raise NotOnIndex(_TOO_MUCH)
            if suffix and self.command == "GET":
                self._send_metadata(catalogue.offered(identifier).filename, reply)
                return
            headers = {name: reply.headers[name] for name in _PASSED_ON if name in reply.headers}
            if "content-length" not in headers:
                headers["connection"] = "close"
            self._begin(reply.status, headers)
            if self.command == "GET":
                self._copy(reply)

    def _send_metadata(self, name: str, reply: Reply) -> None:
        """Read the metadata of a wheel as a whole, since its size and content are checked."""
        use, metadata = self.server.use, bytearray()
        while len(metadata) <= use.metadata_bytes and (piece := reply.body.read(_PIECE_BYTES)):
            metadata += piece
        if not use.note_metadata(name, bytes(metadata)):
            raise NotOnIndex(_TOO_MUCH)
        if len(metadata) < int(reply.headers.get("content-length", 0)):
            raise broke_off(reply.url)
        self._begin(200, {"content-length": str(len(metadata))})
        self.wfile.write(metadata)

    def _copy(self, reply: Reply) -> None:
        left = int(reply.headers.get("content-length", FILE_BYTES))
        while left > 0 and (piece := reply.body.read(min(_PIECE_BYTES, left))):
            if not self.server.use.note_bytes(len(piece)):
                self.close_connection = True
                return
            self.wfile.write(piece)
            left -= len(piece)
        if "content-length" not in reply.headers:  # only hanging up marks the end then
            self.close_connection = True
        elif left > 0:
            raise broke_off(reply.url)

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self._answering = True
        if status < 400:
            self.server.catalogue.note_failure(self.path, None)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _fail(self) -> None:
        """Say that the index failed; once an answer has begun, only hanging up says so."""
        if self._answering:
            self.close_connection = True
        else:
            self._begin(502, {"content-length": "0"})


def _with_suffix(url: str, suffix: str) -> str:
    path, question, query = url.partition("?")
    return f"{path}{suffix}{question}{query}"
