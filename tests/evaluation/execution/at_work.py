"""The processes of a sandbox in which a call is going on, and a gate that holds the call there."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.execution.sandbox import usage

# Calls wait here until the test opens it: a folder of the test's, shown inside.
GATE = "/gate"
WAITS = f"""
    import os, time

    def wait():
        while not os.path.exists("{GATE}/open"):
            time.sleep(0.01)
"""
# `clock_nanosleep` and `select` of x86-64: in one of them Python sleeps, and a guest never is.
_SLEEPING = {"230", "23"}


@dataclass(frozen=True)
class Processes:
    """What a sandbox consists of, from outside to inside; during an import without a child."""

    outermost: int
    inner: int
    guest: int
    child: int = 0

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(filter(None, (self.outermost, self.inner, self.guest, self.child)))


def processes_at_work(root: int, run: bytes = b"", *, depth: int = 4) -> Processes | None:
    """Find a sandbox below a process in whose last process an algorithm sleeps, if there is one."""
    for pid in usage.tree(root):
        with suppress(FileNotFoundError, ProcessLookupError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            is_outermost = words.startswith(b"bwrap\0") and run in words
            found = list(usage.tree(pid)) if is_outermost else []
            if len(found) == depth and _is_guests(found[-1]) and _sleeps(found[-1]):
                return Processes(*found)
    return None


def _is_guests(pid: int) -> bool:
    """Whether it is no process of a canary, or of an environment that is being made."""
    return b"valhub_guest" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _sleeps(pid: int) -> bool:
    return Path(f"/proc/{pid}/syscall").read_text().split()[0] in _SLEEPING


def wait_until(done: Callable[[], object], within_s: float = 240) -> None:
    """Wait for a state; the time is only there so that a broken test ends."""
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process has not ended yet; its parent may still have to notice."""
    try:
        return state_of(pid) not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def own_processes(run: bytes, *, depth: int = 4) -> Processes | None:
    """Find the sandbox of this process at work."""
    return processes_at_work(os.getpid(), run, depth=depth)
