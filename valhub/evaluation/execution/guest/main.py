"""The guest's own life: import the algorithm once, then fork for every call.

A host passes a socket for each call; the fork that answers it is called a child here. What one
child does to its interpreter, its temporary files or its processes is gone before the next begins.
"""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import signal
import site
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import wire
from .entry import bind_arguments, load
from .errors import UnusableArguments
from .raised import describe
from .serve import flush_prints, serve
from .warm_up import warm_up

MESSAGE_LIMIT = 64 * 1024 * 1024
_PIPE_BYTES = 32 * 1024
_TEMPORARY = ("/tmp", "/dev/shm")  # noqa: S108 - the sandbox's own


def main(descriptor: int) -> None:
    """Serve the host at the other end of an inherited socket until it closes."""
    sys.path.pop(0)
    control = socket.socket(fileno=descriptor)
    setup: Any = wire.read_frame(control, MESSAGE_LIMIT)
    _prepare_interpreter(setup)
    started = time.perf_counter()
    try:
        function = _load(setup)
        _check_arguments(function, setup)
    except UnusableArguments as error:
        # It is raised before any data arrives, so its author may read it whatever is hidden.
        wire.send_value(control, {"kind": "uncallable", "message": str(error)})
        return
    except BaseException as error:  # noqa: BLE001 - whatever it raises, its author wants to know
        wire.send_value(control, {"kind": "failed", "error": describe(error)})
        return
    warm_up()
    wire.send_value(control, {"kind": "ready", "import_s": time.perf_counter() - started})
    while _serve_one(control, function):
        gc.freeze()


def _prepare_interpreter(setup: Any) -> None:
    """Make this the interpreter its author expects: own packages, own modules, `exit` and so on."""
    site.setquit()
    site.setcopyright()
    site.sethelper()
    for folder in setup["packages"]:
        site.addsitedir(folder)
    sys.path[:0] = setup["modules"]
    sys.argv = [""]


def _load(setup: Any) -> Any:
    try:
        return load(setup["module"], setup["function"])
    finally:
        flush_prints()


def _check_arguments(function: Any, setup: Any) -> None:
    """Raise `UnusableArguments` where the first call would, without any data."""
    if setup["offered"] is not None:
        names = dict.fromkeys(setup["offered"])
        bind_arguments(function, names, by_position=setup["by_position"])


def _serve_one(control: socket.socket, function: Any) -> bool:
    _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    if not descriptors:
        return False
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        control.close()
        _run_child(socket.socket(fileno=descriptors[0]), function, writing)
    os.close(writing)
    os.close(descriptors[0])
    _, status = os.waitpid(child, 0)
    _leave_nothing_behind()
    wire.send_value(control, {"kind": "exited", "status": status})
    _import_late_modules(reading)
    return True


def _run_child(channel: socket.socket, function: Any, writing: int) -> None:
    code = 1
    os.set_blocking(writing, False)
    before = set(sys.modules)
    try:
        serve(channel, function)
        code = 0
    except (EOFError, OSError):
        code = 0  # The host has what it wanted, or no longer wants it.
        late = [name for name in sys.modules if name not in before]
        os.write(writing, "\n".join(late).encode()[:_PIPE_BYTES])
    finally:
        flush_prints()
        os._exit(code)


def _import_late_modules(reading: int) -> None:
    """Import what a child imported during its call, so that the next children need not."""
    with os.fdopen(reading, "rb") as file:
        names = file.read(_PIPE_BYTES).decode("utf-8", "replace").split("\n")
    for name in names if names != [""] else []:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - it is only a head start; the next child may succeed
            return


def _leave_nothing_behind() -> None:
    """End what the child started and remove what it wrote."""
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    for folder in _TEMPORARY:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                Path(entry.path).unlink()
