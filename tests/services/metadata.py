"""The metadata service of one EC2 instance, on loopback: IMDSv2, for nobody without a token."""

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_META_DATA = "/latest/meta-data/"


class InstanceMetadata:
    """What the service tells, and the tokens it gave out.

    Attributes
    ----------
    entries : dict of str
        Answers by what follows `/latest/meta-data/`.
    refused : int
        Requests it had without a token that is good.
    """

    def __init__(self, instance_id: str, tags: dict[str, str]) -> None:
        self.entries = {"instance-id": instance_id}
        self.entries |= {f"tags/instance/{name}": value for name, value in tags.items()}
        self.tokens: set[str] = set()
        self.refused = 0
        self.url = ""

    def interrupt(self) -> None:
        """Announce, as two minutes before, that the spot instance is taken away."""
        notice = {"action": "terminate", "time": "2031-01-01T12:00:00Z"}
        self.entries["spot/instance-action"] = json.dumps(notice)

    def answer(self, path: str, token: str | None) -> tuple[HTTPStatus, str]:
        """Answer a GET request."""
        if token not in self.tokens:
            self.refused += 1
            return HTTPStatus.UNAUTHORIZED, ""
        entry = self.entries.get(path.removeprefix(_META_DATA))
        return (HTTPStatus.NOT_FOUND, "") if entry is None else (HTTPStatus.OK, entry)

    def new_token(self, lifetime: str | None) -> tuple[HTTPStatus, str]:
        """Answer a PUT request."""
        if not lifetime or not 1 <= int(lifetime) <= 21600:
            return HTTPStatus.BAD_REQUEST, ""
        self.tokens.add(token := secrets.token_urlsafe())
        return HTTPStatus.OK, token


@contextmanager
def running_metadata(instance_id: str, tags: dict[str, str]) -> Iterator[InstanceMetadata]:
    """Serve an instance's metadata on a free port for as long as the block runs."""
    metadata = InstanceMetadata(instance_id, tags)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(metadata))
    metadata.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield metadata
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(metadata: InstanceMetadata) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*metadata.answer(self.path, self.headers["X-aws-ec2-metadata-token"]))

        def do_PUT(self) -> None:
            seconds = self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
            self._send(*metadata.new_token(seconds))

        def _send(self, status: HTTPStatus, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Tests say what matters."""

    return Handler
