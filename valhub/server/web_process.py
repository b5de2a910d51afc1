"""One web process, above all how it stops: it listens no more, and answers what it has in hand.

gunicorn's own threads do the work. Left to itself, gunicorn keeps listening to the end, which cuts
off whoever came meanwhile, and ends requests without an answer when the grace is over.
"""

import errno
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from gunicorn.workers.gthread import TConn, ThreadWorker

from valhub.http.arriving_bodies import ARRIVING_BODIES, TICK_S
from valhub.http.stop_times import STOP_TIMES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Seconds before the end of the grace: when no request begins that may still wait for a lock in the
# database (`valhub.cloud.databases.LOCK_WAIT_S`), no body is read on, and no answer is waited for.
NO_MORE_BEGIN_S = 25
NO_MORE_READ_S = 5
NO_MORE_WAIT_S = 3
_MOST_WAITING = 1024
_MOST_UNREAD_BYTES = 1024 * 1024

_log = structlog.get_logger(__name__)

_PROBLEM = json.dumps(
    {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "restarting",
        "detail": "The hub is restarting and did not finish this request in time. "
        "See whether it took effect before you send it again.",
    }
).encode()
UNFINISHED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
    b"Cache-Control: no-store\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_PROBLEM), _PROBLEM)
)


class Answer:
    """What a connection in hand waits for: one side alone begins it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun_by: str | None = None

    def begin(self, side: str) -> bool:
        """Whether this side may answer; the first one that asks may."""
        with self._lock:
            self._begun_by = self._begun_by or side
            return self._begun_by == side


class WebProcess(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's process with threads, which leaves nobody without an answer when it stops."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_hand: dict[socket.socket, Answer] = {}
        self._stopping = False

    def load_wsgi(self) -> None:
        """Load the application, and know from then on which answers have begun, and who is slow."""
        super().load_wsgi()
        self.wsgi: WSGIApplication = self._beginning(self.wsgi)
        threading.Thread(target=self._watch_bodies, name="bodies", daemon=True).start()

    def _watch_bodies(self) -> None:
        while True:
            time.sleep(TICK_S)
            ARRIVING_BODIES.tick(is_crowded=len(self._in_hand) >= self.cfg.threads)

    def _beginning(self, application: "WSGIApplication") -> "WSGIApplication":
        def respond(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            answer = self._in_hand.get(environ["gunicorn.socket"], Answer())

            def begin(*given: Any) -> Callable[[bytes], object]:
                if not answer.begin("application"):
                    raise ConnectionResetError(errno.ECONNRESET, "It was answered already.")
                return start_response(*given)

            return application(environ, begin)

        return respond

    def enqueue_req(self, conn: TConn) -> None:
        """Take a connection in hand."""
        self._in_hand[conn.sock] = Answer()
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Let go of a connection, or wait for its next request."""
        self._in_hand.pop(conn.sock, None)
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - as gunicorn calls it
        """Take connections or not; when the process stops, it is for good."""
        super().set_accept_enabled(enabled)
        ends = not (self.alive and self.is_parent_alive())
        if ends and not enabled and not self._stopping:
            self._stopping = True
            self._close_listeners()
            self._plan_end()

    def _close_listeners(self) -> None:
        for listener in self.sockets:
            # In a socket that systemd holds, they wait for the next process.
            if "LISTEN_FDS" not in os.environ:
                self._accept_waiting(listener)
            listener.close()

    def _accept_waiting(self, listener: Any) -> None:
        """Accept whoever is connected already: closing the socket would cut them off."""
        for _ in range(_MOST_WAITING):
            before = self.nr_conns
            self.accept(listener)
            if self.nr_conns == before:
                return

    def _plan_end(self) -> None:
        grace_s = self.cfg.graceful_timeout
        end = time.monotonic() + grace_s
        STOP_TIMES.stop(begins_until=end - NO_MORE_BEGIN_S, reads_until=end - NO_MORE_READ_S)
        # In threads, because gunicorn's own loop may itself be waiting for a client.
        for before_s, do in ((NO_MORE_READ_S, self._end_bodies), (NO_MORE_WAIT_S, self._end)):
            timer = threading.Timer(max(0.0, grace_s - before_s), do)
            timer.daemon = True
            timer.start()

    def _end_bodies(self) -> None:
        """Wake the threads that wait for the rest of a body; their requests are answered 503."""
        for connection in list(self._in_hand):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)

    def _end(self) -> None:
        """Answer what has no answer yet, and end at once, so that none of it goes on."""
        unanswered = [
            connection
            for connection, answer in list(self._in_hand.items())
            if answer.begin("process")
        ]
        for connection in unanswered:
            with suppress(OSError):
                connection.send(UNFINISHED, socket.MSG_DONTWAIT)
                connection.shutdown(socket.SHUT_WR)
                _read_rest(connection)
        _log.warning("requests_unfinished", number=len(unanswered))
        os._exit(0)


def _read_rest(connection: socket.socket) -> None:
    """Read what has arrived: unread bytes would have the kernel take the answer back."""
    left = _MOST_UNREAD_BYTES
    while left > 0 and (piece := connection.recv(65536, socket.MSG_DONTWAIT)):
        left -= len(piece)
