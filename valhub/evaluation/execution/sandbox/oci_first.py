"""The first process in a container: fetches the command, runs it, and buries its orphans.

Runs inside under the command's own Python (3.9 or newer), on the standard library alone. The only
argument is a Unix socket, of which the other end hands over the command and its descriptors. When
the command has ended, its status is told there, and the sandbox waits to be taken away.

The command has the same account, so this process hides its memory from it: how it ends must tell
what happened. A mistake here, or want of memory, ends it with a status of its own.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import sys
from typing import Any

_MOST_DESCRIPTORS = 200
_PR_SET_DUMPABLE = 4
_MISTAKE = 120


def main(path: str) -> None:
    """Run the command that is handed out at `path`."""
    # Nobody inside can kill the first process, but Python would make an exception of this one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    door = socket.socket(socket.AF_UNIX)
    door.connect(path)
    told, descriptors = _fetch(door)
    child = os.fork()
    if child == 0:
        _become(told, descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    door.sendall(b"%d\n" % _status_of(child))
    while True:
        signal.pause()


def _fetch(door: socket.socket) -> tuple[dict[str, Any], list[int]]:
    text, descriptors, _, _ = socket.recv_fds(door, 1 << 16, _MOST_DESCRIPTORS)
    while part := door.recv(1 << 16):
        text += part
    return json.loads(text), list(descriptors)


def _become(told: dict[str, Any], descriptors: list[int]) -> None:
    """Turn into the command; never returns."""
    try:
        numbers = told["descriptors"]
        # Out of the way first, as one's number may be where another one is.
        free = max(numbers) + 1
        copies = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, free) for each in descriptors]
        for each in descriptors:
            os.close(each)
        for place, number in enumerate(numbers):
            os.dup2(copies[place], number)
        # Python ignores these, and what a process ignores its programs ignore too.
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(ignored, signal.SIG_DFL)
        os.chdir(told["cwd"])
        os.execve(told["argv"][0], told["argv"], told["env"])  # noqa: S606
    finally:
        os._exit(127)


def _status_of(child: int) -> int:
    """Wait for everybody until it is the child; its exit status, as shells tell it."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    try:
        main(sys.argv[1])
    finally:
        os._exit(_MISTAKE)
