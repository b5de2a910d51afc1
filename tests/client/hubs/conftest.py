"""Something on this machine that answers as a test says, in place of a hub."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.client.hubs.odd_replies import Odd, Reply
from valhub.client.hubs import retries


def _handler(odd: Odd) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            odd.asked.append((self.command, self.path))
            reply = odd.replies.pop(0) if len(odd.replies) > 1 else odd.replies[0]
            self.send_response(reply.status)
            length = len(reply.body) + (0 if reply.whole else 9)
            answered = {"Content-Type": reply.kind, "Content-Length": str(length), **reply.headers}
            for name, value in {**answered, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the server looks for this name

        def log_message(self, *_: object) -> None:
            return

    return Handler


@pytest.fixture
def odd() -> Iterator[Callable[..., Odd]]:
    """Starts something that answers these replies."""
    servers: list[ThreadingHTTPServer] = []

    def start(*replies: Reply) -> Odd:
        answering = Odd("", list(replies))
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answering))
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        answering.address = f"http://127.0.0.1:{server.server_port}"
        return answering

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.0)
