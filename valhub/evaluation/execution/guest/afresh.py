"""A guest whose children import the algorithm anew, because a fork would not carry its import.

The guest replaces itself by `exec`, which ends every thread, and imports no line of the algorithm
again. What takes the time of most imports are libraries: those that start no threads are imported
once, here, so that its children have them.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import scratch
from .remains import has_threads

_NEEDED_BY_DATA = ("numpy", "pandas")
# The kernel takes 128 KiB as one argument of a program.
_ARGUMENT_BYTES = 96 * 1024
_MOST_DESCRIPTORS = 4096


def own_command() -> list[str]:
    """Return the command line that started this process."""
    words = Path("/proc/self/cmdline").read_bytes().split(b"\0")[:-1]
    return [os.fsdecode(word) for word in words]


def libraries(setup: Any) -> list[str]:
    """Modules that have been imported from the algorithm's packages, in the order of import."""
    inside = tuple(f"{folder}/" for folder in setup["packages"])
    names = []
    size = 0
    for name, module in list(sys.modules.items()):
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        if inside and isinstance(origin, str) and origin.startswith(inside):
            size += len(name) + 4
            names.append(name)
    kept = names if size < _ARGUMENT_BYTES else [name for name in names if "." not in name]
    return [*kept, *_NEEDED_BY_DATA]


def restart(command: list[str], descriptor: int, setup: Any, names: list[str]) -> None:
    """Replace this process by a guest that imports these libraries, and not the algorithm."""
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    scratch.empty()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, _MOST_DESCRIPTORS)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes no keyword
    os.chdir(scratch.WORKING)
    plan = json.dumps({"setup": setup, "libraries": names})
    os.execv(command[0], [*command, plan])  # noqa: S606 - a shell is the last thing wanted


def import_libraries(names: list[str]) -> int:
    """Import libraries until one starts a thread; return how many start none."""
    for count, name in enumerate(names):
        # A part of a library that cannot be imported by itself is left to the algorithm.
        with suppress(Exception):
            importlib.import_module(name)
        if has_threads(0.1):
            return count
    return len(names)
