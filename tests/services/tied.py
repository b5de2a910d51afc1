"""Processes that end with the tests that started them, even when those are killed outright.

Beside the tests there is one process more, which knows every process that they started, and ends
them when the tests are gone. (A death signal of the kernel's would come when a thread ends that
started a process, and a change of user takes it away.)
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, AnyStr


class _Guardian:
    """Tells a process of its own what it has to end once this one is gone."""

    def __init__(self) -> None:
        self._owner = 0
        self._line: IO[bytes]

    def watch(self, pid: int) -> None:
        if self._owner != os.getpid():
            self._start()
        self._line.write(f"{pid} {_began(pid)}\n".encode())
        self._line.flush()

    def _start(self) -> None:
        # Outside this session nobody takes it for one of the tests, and ends it with them.
        guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        # It ends by itself, with the only other end of its pipe; nobody waits for it.
        guardian.returncode = 0
        assert guardian.stdin is not None
        self._owner, self._line = os.getpid(), guardian.stdin


_guardian = _Guardian()


def tied(process: "subprocess.Popen[AnyStr]") -> "subprocess.Popen[AnyStr]":
    """Let a process end when the tests end, and with it the process group that it leads, if any."""
    _guardian.watch(process.pid)
    return process


def _began(pid: int) -> str:
    """When a process began: with its number, this names it for good."""
    stat: Any = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return str(stat[19])


def _end(lines: Iterable[str]) -> None:
    """End whoever is still there of those that the lines name."""
    for line in lines:
        pid, began = line.split()
        with suppress(OSError):
            if _began(int(pid)) == began:
                _kill(int(pid))


def _kill(pid: int) -> None:
    if os.getpgid(pid) == pid:
        os.killpg(pid, signal.SIGKILL)
    else:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    _end(sys.stdin.readlines())
