"""What an import leaves behind that a fork does not carry into a child.

A fork copies memory and open files. It copies no thread but the one that forks, it leaves other
processes where they are, and a file that one child may change cannot serve the next.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from . import scratch

# Threads that their libraries start again after a fork, or can do without.
_SURVIVING_A_FORK = frozenset({"jemalloc_bg_thd", "polars-ooc-clea"})
_ENDS_WITHIN_S = 0.1
# bubblewrap, which is the sandbox's first process, and the guest.
_OWN_PROCESSES = 2


def remains(links: scratch.Links) -> str:
    """Name what the import of an algorithm has left; empty when a fork carries all of it."""
    if has_threads(_ENDS_WITHIN_S):
        return "threads"
    if _processes() > _OWN_PROCESSES:
        return "processes"
    scratch.remove_caches()
    has_files = scratch.files() > len(links)
    scratch.empty()
    # A file that is still open has no name now, but the next call would not be without it.
    return "files" if has_files or scratch.files() else ""


def has_threads(end_within_s: float = 0.0) -> bool:
    """Whether there is a thread that a child would lack, or a library that relies on its process.

    A thread that has been joined needs a moment to end, which it gets here.
    """
    deadline = time.monotonic() + end_within_s
    while (busy := _threads() > 1) and time.monotonic() < deadline:
        time.sleep(0.005)
    return busy or _numba_has_started()


def _threads() -> int:
    count = 0
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            count += (task / "comm").read_text().strip() not in _SURVIVING_A_FORK
    return count


def _numba_has_started() -> bool:
    # With one thread, numba's OpenMP layer starts none, and ends a child of its process even so.
    parallel = sys.modules.get("numba.np.ufunc.parallel")
    return bool(getattr(parallel, "_is_initialized", False))


def _processes() -> int:
    return sum(entry.name.isdigit() for entry in Path("/proc").iterdir())
