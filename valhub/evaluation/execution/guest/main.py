"""The guest's own life: import the algorithm once, then fork for every call.

A host passes a socket for each call; the fork that answers it is called a child here. What one
child does to its interpreter, its files or its processes is gone before the next begins. Where a
fork would not carry what the import made, every child imports the algorithm itself.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from itertools import islice
from typing import Any

from . import afresh, scratch, wire
from .entry import bind_arguments, load
from .errors import UnusableArguments
from .interpreter import prepare
from .raised import describe
from .remains import has_threads, remains
from .serve import flush_prints, serve
from .warm_up import warm_up, warm_up_child

MESSAGE_LIMIT = 64 * 1024 * 1024
_PIPE_BYTES = 32 * 1024


def main(descriptor: int) -> None:
    """Serve the host at the other end of an inherited socket until it closes."""
    sys.path.pop(0)
    command = afresh.own_command()
    control = socket.socket(fileno=descriptor)
    if sys.argv[2:]:
        _serve(_start_again(control, command[:-1], json.loads(sys.argv[2])))
    else:
        _serve(_start(control, command))


def _serve(guest: Guest | None) -> None:
    if guest is None:
        return
    warm_up()
    guest.announce()
    while guest.serve_one():
        gc.freeze()


def _start(control: socket.socket, command: list[str]) -> Guest | None:
    """Import the algorithm; None when that fails. Does not return when a fork would not do."""
    setup: Any = wire.read_frame(control, MESSAGE_LIMIT)
    prepare(setup)
    links = scratch.Links(setup["code"])
    links.make()
    function = _import(control, setup)
    if function is None:
        return None
    if remains(links):
        afresh.restart(command, control.fileno(), setup, afresh.libraries(setup))
    return Guest(control, setup, links, function)


def _start_again(control: socket.socket, command: list[str], plan: Any) -> Guest:
    """Import libraries alone; start once more, with fewer, when one of them starts threads."""
    setup, names = plan["setup"], plan["libraries"]
    prepare(setup)
    count = afresh.import_libraries(names)
    if count < len(names):
        afresh.restart(command, control.fileno(), setup, names[:count])
    scratch.empty()
    return Guest(control, setup, scratch.Links(setup["code"]))


def _import(channel: socket.socket, setup: Any) -> Any:
    """Return the algorithm's function, or None after the host has been sent the reason."""
    try:
        try:
            function = load(setup["module"], setup["function"])
        finally:
            flush_prints()
        _check_arguments(function, setup)
    except UnusableArguments as error:
        # It is raised before any data arrives, so its author may read it whatever is hidden.
        wire.send_value(channel, {"kind": "uncallable", "message": str(error)})
        return None
    except BaseException as error:  # noqa: BLE001 - whatever it raises, its author wants to know
        wire.send_value(channel, {"kind": "failed", "error": describe(error)})
        return None
    return function


def _check_arguments(function: Any, setup: Any) -> None:
    """Raise `UnusableArguments` where the first call would, without any data."""
    if setup["offered"] is not None:
        names = dict.fromkeys(setup["offered"])
        bind_arguments(function, names, by_position=setup["by_position"])


class Guest:
    """Forks a child for each call.

    Parameters
    ----------
    control : socket
        Connected to the host.
    setup : dict
        The host's first message.
    links : Links
        What each child finds in its working folder.
    function : callable, optional
        The algorithm's; each child imports it when it is missing here.
    """

    def __init__(
        self, control: socket.socket, setup: Any, links: scratch.Links, function: Any = None
    ) -> None:
        self._control = control
        self._setup = setup
        self._links = links
        self.function = function

    def announce(self) -> None:
        """Let the host know that it can make calls."""
        wire.send_value(self._control, {"kind": "ready", "afresh": self.function is None})

    def serve_one(self) -> bool:
        """Have a child answer one call; False when the host has closed its end.

        The child is there before the call is: what a fork costs, it costs while nobody waits.
        """
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._run_child(writing)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        _leave_nothing_behind()
        wire.send_value(self._control, {"kind": "exited", "status": status})
        # The host looks whether all is gone before it lets another process begin.
        if not self._control.recv(1):
            return False
        _import_late_modules(reading)
        return True

    def _run_child(self, writing: int) -> None:
        code = 1
        os.set_blocking(writing, False)
        before = len(sys.modules)
        try:
            self._links.make()
            warm_up_child()
            channel = self._receive_channel()
            function = self.function or self._import_afresh(channel)
            if function is not None:
                serve(channel, function)
            code = 0
        except (EOFError, OSError):
            code = 0  # The host has what it wanted, or no longer wants it.
            self._report_late_modules(before, writing)
        finally:
            flush_prints()
            os._exit(code)

    def _receive_channel(self) -> socket.socket:
        _, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        self._control.close()
        if not descriptors:
            raise EOFError("the host closed the connection")
        return socket.socket(fileno=descriptors[0])

    def _import_afresh(self, channel: socket.socket) -> Any:
        function = _import(channel, self._setup)
        if function is not None:
            wire.send_value(channel, {"kind": "ready"})
        return function

    def _report_late_modules(self, before: int, writing: int) -> None:
        # A module that starts threads must not do so in the guest, which forks.
        if self.function is not None and not has_threads():
            # To look at the other names too would copy the memory of each of them.
            late = [*islice(reversed(sys.modules), max(len(sys.modules) - before, 0))][::-1]
            os.write(writing, "\n".join(late).encode()[:_PIPE_BYTES])


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
    scratch.empty()
