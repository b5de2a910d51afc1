"""Frames over a non-blocking socket: sent in pieces, received up to a limit.

A peer that sends nothing, half a frame or too much costs the host one buffer of the allowed size
and none of its time.
"""

import os
import socket
from collections import deque
from pathlib import Path
from typing import Any

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.execution.guest import wire

# A file then passes in few pieces, each of which costs both sides a switch of processes.
_BUFFER_BYTES = 4 * 1024 * 1024
_SO_SNDBUFFORCE = 32


class Channel:
    """The host's end of one conversation.

    Parameters
    ----------
    sock : socket
        Connected; made non-blocking here.
    limit : int
        Largest frame accepted, in bytes.
    """

    def __init__(self, sock: socket.socket, limit: int) -> None:
        sock.settimeout(0)
        _widen(sock)
        self.sock = sock
        self.limit = limit
        self.closed_by_peer = False
        self._outgoing: deque[memoryview | _FilePart] = deque()
        self._incoming = bytearray(wire.PREFIX.size)
        self._received = 0
        self._announced = False

    def fileno(self) -> int:
        """Descriptor to wait on."""
        return self.sock.fileno()

    @property
    def sending(self) -> bool:
        """Whether something still waits to be sent."""
        return bool(self._outgoing)

    def queue(self, value: object) -> None:
        """Queue one value to be sent as a frame."""
        self._outgoing += [memoryview(part).cast("B") for part in wire.frame_parts(value) if part]

    def queue_file(self, path: Path) -> None:
        """Queue a file that holds a frame; it goes out without passing through this process."""
        self._outgoing.append(_FilePart(path))

    def send(self) -> None:
        """Send what the socket takes now."""
        try:
            while self._outgoing:
                if self._send_some(self._outgoing[0]):
                    self._outgoing.popleft()
        except BlockingIOError:
            return
        except (BrokenPipeError, ConnectionResetError):
            self._drop_outgoing()

    def _send_some(self, part: "memoryview | _FilePart") -> bool:
        """Send as much of one part as the socket takes; return whether that was all of it."""
        if isinstance(part, _FilePart):
            return part.send(self.sock)
        sent = self.sock.send(part)
        self._outgoing[0] = part[sent:]
        return sent == len(part)

    def receive(self) -> Any:
        """Take in what has arrived; returns the decoded frame once it is whole, else None.

        Raises
        ------
        wire.MalformedFrame, wire.FrameTooLarge
            When what arrives is not a frame that is accepted here.
        """
        try:
            while self._received < len(self._incoming):
                view = memoryview(self._incoming)[self._received :]
                count = self.sock.recv_into(view)
                if count == 0:
                    self.closed_by_peer = True
                    return None
                self._received += count
                if self._received == len(self._incoming) and not self._announced:
                    self._announce()
        except BlockingIOError:
            return None
        except ConnectionResetError:
            self.closed_by_peer = True
            return None
        frame, self._incoming = self._incoming, bytearray(wire.PREFIX.size)
        self._received, self._announced = 0, False
        # The other side has filled it with whatever it likes.
        with answer_boundary(_unreadable, wire.MalformedFrame, wire.MissingLibrary):
            return wire.read_value(frame)

    def _announce(self) -> None:
        # A fresh array of zeros takes no memory until bytes arrive in it.
        header, body = wire.frame_size(bytes(self._incoming), self.limit)
        whole = bytearray(wire.PREFIX.size + header + body)
        whole[: self._received] = self._incoming
        self._incoming = whole
        self._announced = True

    def close(self) -> None:
        """Close the socket and every file still queued."""
        self._drop_outgoing()
        self.sock.close()

    def _drop_outgoing(self) -> None:
        for part in self._outgoing:
            if isinstance(part, _FilePart):
                part.close()
        self._outgoing.clear()


def _unreadable(_: Exception) -> wire.MalformedFrame:
    return wire.MalformedFrame("a value that Python, NumPy or pandas cannot make")


def _widen(sock: socket.socket) -> None:
    """Let the kernel hold more of what is sent, as far as this account may."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _BUFFER_BYTES)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)


class _FilePart:
    """The rest of a file that is being sent."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._offset = 0
        self._size = os.fstat(self._fd).st_size

    def send(self, sock: socket.socket) -> bool:
        rest = self._size - self._offset
        self._offset += os.sendfile(sock.fileno(), self._fd, self._offset, rest)
        if self._offset < self._size:
            return False
        self.close()
        return True

    def close(self) -> None:
        os.close(self._fd)
