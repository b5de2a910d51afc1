"""What a process tree uses, read from outside through `/proc`.

For sandboxes without control groups. The tree is everything below the sandbox's first process:
inside a PID namespace nothing can leave it, as orphans go to that process. Processor time is not
read: a process whose parent ignores its end takes its time with it, out of any sum over the tree.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class TreeUsage:
    """One reading of a tree; processes that end while it is read count as far as they were."""

    memory_bytes: int
    processes: int


class Sampler:
    """Reads one tree again and again, the costly figures only when they can have changed.

    Memory is the proportional set size, which counts pages shared after a fork once and takes
    milliseconds to read. The resident set is cheap and never smaller, so the exact figure is read
    again only when the resident one has grown, or is over the limit.
    """

    def __init__(self) -> None:
        self._resident = 0
        self._exact = 0

    def read(self, root: int, limit_bytes: int) -> TreeUsage:
        """Read what the process `root` and everything below it use now."""
        pids = list(tree(root)) if root else []
        resident = int(sum(_alive(_resident_bytes, pids)))
        if resident > 1.02 * self._resident or resident > limit_bytes:
            self._exact = int(sum(_alive(_proportional_bytes, pids)))
            self._resident = resident
        return TreeUsage(min(resident, self._exact), len(pids))


def _alive(read: Callable[[int], float], pids: list[int]) -> Iterator[float]:
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            yield read(pid)


def tree(root: int) -> Iterator[int]:
    """Process ids of `root` and everything below it."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children(pid)


def children(pid: int) -> list[int]:
    """Process ids of what a process has started; none when it is gone."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError, NotADirectoryError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped by a signal or a debugger."""
    with suppress(FileNotFoundError, ProcessLookupError):
        # The program's name comes before it, in parentheses that it may contain itself.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state in ("T", "t")
    return False


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _proportional_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except PermissionError:
        return _resident_bytes(pid)
    return 0


def filesystem_usage(root: int, folders: tuple[str, ...], capacity: int) -> tuple[int, int]:
    """Bytes in use and files on the file systems that the process `root` sees at `folders`.

    Only file systems of just the given capacity count: before the sandbox is built, the process
    still sees this machine's own.
    """
    used = 0
    inodes = 0
    for folder in folders:
        try:
            numbers = os.statvfs(f"/proc/{root}/root{folder}")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if abs(numbers.f_blocks * numbers.f_frsize - capacity) < _PAGE:
            used += (numbers.f_blocks - numbers.f_bfree) * numbers.f_frsize
            inodes += numbers.f_files - numbers.f_ffree - 1  # The folder itself is one.
    return used, inodes
