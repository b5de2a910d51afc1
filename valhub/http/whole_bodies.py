"""Request bodies that arrive whole or not at all.

A server passes on what arrived before a connection broke, and a form that ends in the middle of its
last text looks like a shorter text. So a body that ends before the announced length is an error.
So is one whose rest has not arrived when the web process has to stop, or that keeps others waiting.
"""

import io
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from valhub.http.arriving_bodies import ARRIVING_BODIES
from valhub.http.stop_times import STOP_TIMES

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


# In a request's environment: the process stopped before its body had arrived.
CUT_OFF = "valhub.cut_off"
# The same: it arrived too slowly.
TOO_SLOW = "valhub.too_slow"


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes:
        """Read up to so many bytes; none at the end."""


class WholeBodies:
    """A WSGI application that lets another one read whole bodies only."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        length = str(environ.get("CONTENT_LENGTH", ""))
        if length.isdecimal():
            environ["wsgi.input"] = whole_body(environ["wsgi.input"], int(length), environ)
        return self._application(environ, start_response)


def whole_body(
    stream: _Stream, length: int, environ: "WSGIEnvironment | None" = None
) -> io.BufferedReader:
    """Make a file of a request's body, which ends where it was announced to.

    Reading it raises `ConnectionResetError` when the stream ends before that; Django makes an
    `UnreadablePostError` of it. If that is because the process stops, or because the body was too
    slow, the environment says so.
    """
    return io.BufferedReader(_Body(stream, length, {} if environ is None else environ))


class _Body(io.RawIOBase):
    def __init__(self, stream: _Stream, length: int, environ: "WSGIEnvironment") -> None:
        self._stream = stream
        self._environ = environ
        self._left = length
        self.received = 0
        self.waited_s = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        piece = self._wait_for(min(len(view), self._left))
        if self._left and not STOP_TIMES.reads():
            self._environ[CUT_OFF] = True
            raise ConnectionResetError("The web process stops.")
        if self._left and self._environ.get(TOO_SLOW):
            raise ConnectionResetError("The request's body arrived too slowly.")
        if self._left and not piece:
            raise ConnectionResetError("The request's body ended before its announced length.")
        view[: len(piece)] = piece
        self._left -= len(piece)
        self.received += len(piece)
        return len(piece)

    def cut_off(self) -> None:
        self._environ[TOO_SLOW] = True
        connection = self._environ.get("gunicorn.socket")
        if isinstance(connection, socket.socket):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)

    def _wait_for(self, size: int) -> bytes:
        ARRIVING_BODIES.begin(self)
        try:
            return self._stream.read(size)
        finally:
            ARRIVING_BODIES.end(self)
