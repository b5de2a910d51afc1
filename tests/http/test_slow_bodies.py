"""Bodies that keep a web process waiting are cut off, the slowest first, and only then."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from valhub.http import arriving_bodies, whole_bodies
from valhub.http.arriving_bodies import KEPT, PACE_AFTER_S, PATIENCE_S, TICK_S, ArrivingBodies
from valhub.wsgi import application

PATIENT_TICKS = int(PATIENCE_S / TICK_S)
PACE_TICKS = int(PACE_AFTER_S / TICK_S)


class Body:
    """A body of which so many bytes arrived."""

    def __init__(self, received: int = 0) -> None:
        self.received = received
        self.waited_s = 0.0
        self.is_cut_off = False

    def cut_off(self) -> None:
        self.is_cut_off = True


@pytest.mark.parametrize(
    ("ticks", "is_crowded", "kept"),
    [
        (PATIENT_TICKS, True, KEPT + 3),
        (PATIENT_TICKS + 1, True, KEPT),
        (PATIENT_TICKS + 1, False, KEPT + 3),
    ],
)
def test_crowd_cuts_off_the_slowest(ticks: int, *, is_crowded: bool, kept: int) -> None:
    bodies = ArrivingBodies()
    arriving = [Body(received=1000 * number) for number in range(KEPT + 3)]
    for body in arriving:
        bodies.begin(body)
    for _ in range(ticks):
        bodies.tick(is_crowded=is_crowded)
    assert [body.is_cut_off for body in reversed(arriving)] == [
        place >= kept for place in range(KEPT + 3)
    ]


@pytest.mark.parametrize(
    ("ticks", "bytes_per_s", "is_cut_off"),
    [(PACE_TICKS, 0, False), (PACE_TICKS + 1, 100, True), (PACE_TICKS + 1, 10_000, False)],
)
def test_body_that_crawls_is_cut_off(ticks: int, bytes_per_s: int, *, is_cut_off: bool) -> None:
    bodies, body = ArrivingBodies(), Body(received=int(bytes_per_s * ticks * TICK_S))
    bodies.begin(body)
    for _ in range(ticks):
        bodies.tick(is_crowded=False)
    assert body.is_cut_off is is_cut_off


def test_time_counts_only_while_a_thread_waits() -> None:
    bodies, body = ArrivingBodies(), Body()
    bodies.begin(body)
    bodies.tick(is_crowded=True)
    bodies.end(body)
    bodies.tick(is_crowded=True)
    assert body.waited_s == TICK_S


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> ArrivingBodies:
    """The bodies of this test alone."""
    own = ArrivingBodies()
    monkeypatch.setattr(whole_bodies, "ARRIVING_BODIES", own)
    monkeypatch.setattr(arriving_bodies, "KEPT", 0)
    return own


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The client's end and the server's."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


@pytest.mark.parametrize("is_slow", [True, False])
def test_slow_request_is_refused(
    bodies: ArrivingBodies, connection: tuple[socket.socket, socket.socket], *, is_slow: bool
) -> None:
    """The rest of its body does not come; that of its control does."""
    client, server = connection
    body = b'{"username": "somebody", "password": ""}'
    client.sendall(body[:10])
    answers: list[tuple[str, bytes]] = []
    thread = threading.Thread(target=lambda: answers.append(_answer(server, len(body))))
    thread.start()
    if not is_slow:
        client.sendall(body[10:])
    while is_slow and thread.is_alive():
        bodies.tick(is_crowded=True)
        thread.join(0.01)
    thread.join()
    status, document = answers[0]
    expected = (503, "body-too-slow") if is_slow else (422, "missing")
    assert (int(status[:3]), json.loads(document)["code"]) == expected


def _answer(server: socket.socket, length: int) -> tuple[str, bytes]:
    seen: list[str] = []

    def start(status: str, _headers: object, _info: object = None, /) -> Callable[[bytes], object]:
        seen.append(status)
        return bytes

    with server.makefile("rb", buffering=0) as stream:
        parts = application(_environ(server, stream, length), start)
        return seen[0], b"".join(parts)


def _environ(server: socket.socket, stream: Any, length: int) -> dict[str, Any]:
    return {
        **Client()._base_environ(PATH_INFO="/login"),  # type: ignore[attr-defined]
        "REQUEST_METHOD": "POST",
        "SERVER_NAME": "localhost",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(length),
        "wsgi.input": stream,
        "wsgi.errors": BytesIO(),
        "gunicorn.socket": server,
    }
