"""How a command gets into a container: through a Unix socket that its first process knocks at.

An engine hands on three streams, by way of processes of its own that would stand between what is
printed and who reads it. Here the container's first process gets the very descriptors of this
process, with the command that is to have them.
"""

import json
import os
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_LOOKS_EVERY_S = 0.05
_CREDENTIALS = struct.Struct("3i")


class NobodyCame(Exception):
    """The container's first process never came to its door."""


class Door:
    """A socket that one account may knock at, once.

    Parameters
    ----------
    path : Path
        Where it is to be.
    owner : int
        The account.
    """

    def __init__(self, path: Path, owner: int) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        folder = os.open(path.parent, os.O_PATH)
        try:
            # The path of a socket must be short, which that of a folder need not be.
            self._listener.bind(f"/proc/self/fd/{folder}/{path.name}")
            path.chmod(0o600)
            os.chown(path, owner, owner)
            self._listener.listen(1)
        finally:
            os.close(folder)

    def opened(
        self, starting: "subprocess.Popen[bytes]", within_s: float
    ) -> tuple[int, socket.socket]:
        """Wait for the first process; return its id, and the line to it.

        Parameters
        ----------
        starting : Popen
            Whose end means that nobody will come.

        Raises
        ------
        NobodyCame
            When it did not come in time.
        """
        self._listener.settimeout(_LOOKS_EVERY_S)
        deadline = time.monotonic() + within_s
        while starting.poll() is None and time.monotonic() < deadline:
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            size = _CREDENTIALS.size
            peer = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
            return _CREDENTIALS.unpack(peer)[0], line
        raise NobodyCame

    def close(self) -> None:
        """Take the door away; a line through it stays."""
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> "Door":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def hand_in(line: socket.socket, told: dict[str, Any], descriptors: Sequence[int]) -> None:
    """Give a command and its descriptors to the process at the other end."""
    text = json.dumps(told).encode()
    sent = socket.send_fds(line, [text], descriptors)
    line.sendall(text[sent:])
    line.shutdown(socket.SHUT_WR)
