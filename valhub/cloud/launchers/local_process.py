"""Workers as processes of this machine, for a hub of one machine that should rest when idle.

A process carries its tags in its environment and is found by them, as an instance is by its own,
so that a new sweeper finds what the last one left. Each ends with the sweeper that launched it:
the work it holds goes back to the queue, and is launched for again.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from valhub.cloud.launchers.interface import Instance, InstanceState, LaunchRefused

# Tags of a worker process, in its environment.
_HUB, _ANALYSIS, _TOKEN = "VALHUB_LAUNCHED_BY", "VALHUB_LAUNCHED_FOR", "VALHUB_LAUNCH"
# What a worker ties itself to; see `valhub.server.lifeline`.
_PARENT = "VALHUB_PARENT"
# Shorter than what a stopping sweeper is given; a worker ends itself soon after.
_GRACE_S = 12.0
_SHOWN_WITHIN_S = 1.0


class LocalLauncher:
    """Launches worker processes on this machine.

    Parameters
    ----------
    hub : str
        Names the hub among all on this machine.
    idle_s : float
        How long a worker without work stays.
    command : sequence of str, optional
        What is started, without the options of a worker.
    """

    workers = 1

    def __init__(self, hub: str, idle_s: float, *, command: Sequence[str] = ()) -> None:
        self._hub = hub
        self._idle_s = idle_s
        self._command = command or (sys.executable, "-P", "-m", "valhub.server", "worker")
        # Only to learn of their ends: what runs is found by its tags.
        self._children: list[subprocess.Popen[bytes]] = []

    def launch(self, analysis_pk: int, token: str) -> str:
        """Start a worker; its id is its name among workers and the moment it began."""
        tags = {_HUB: self._hub, _ANALYSIS: str(analysis_pk), _TOKEN: token}
        options = (f"--analysis={analysis_pk}", f"--idle-exit={self._idle_s:g}")
        try:
            child = subprocess.Popen(
                [*self._command, *options],
                env={**os.environ, **tags, _PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        except OSError as error:
            raise LaunchRefused(
                f"This machine cannot start a worker: {error.strerror}. It may have run out of "
                "memory or of processes."
            ) from error
        self._children.append(child)
        _await_tags(child)
        return _instance_id(child.pid)

    def instances(self, analysis_pk: int | None = None) -> list[Instance]:
        """Find the workers of this hub by the tags in their environments."""
        self._children = [child for child in self._children if child.poll() is None]
        # What a worker starts inherits its tags; the worker itself was there first.
        first: dict[str, Instance] = {}
        for one in sorted(self._tagged(), key=_age):
            first.setdefault(one.token, one)
        return [one for one in first.values() if analysis_pk in (None, one.analysis_pk)]

    def end(self, instance_id: str) -> None:
        """Ask a worker to end; it gives back what it holds."""
        pid = instance_id.rpartition("-")[0].rpartition("-")[2]
        # Another process may have the number by now, but did not begin at that moment.
        if pid.isdecimal() and _instance_id(int(pid)) == instance_id:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)

    def close(self) -> None:
        """End the workers this process started, and wait until they have."""
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + _GRACE_S
        for child in self._children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._children = []

    def _tagged(self) -> Iterator[Instance]:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                tags = _environment((folder / "environ").read_bytes())
                if tags.get(_HUB) == self._hub:
                    yield _instance(int(folder.name), tags)


def _await_tags(child: "subprocess.Popen[bytes]") -> None:
    """Wait until the kernel shows a new process' environment, a moment after it has begun."""
    shown = Path(f"/proc/{child.pid}/environ")
    deadline = time.monotonic() + _SHOWN_WITHIN_S
    while child.poll() is None and time.monotonic() < deadline:
        with suppress(FileNotFoundError, ProcessLookupError):
            if shown.read_bytes():
                return
        time.sleep(0.001)


def _environment(block: bytes) -> Mapping[str, str]:
    pairs = (os.fsdecode(entry).partition("=") for entry in block.split(b"\0") if b"=" in entry)
    return {name: value for name, _, value in pairs}


def _instance(pid: int, tags: Mapping[str, str]) -> Instance:
    return Instance(_instance_id(pid), tags[_TOKEN], int(tags[_ANALYSIS]), InstanceState.RUNNING)


def _instance_id(pid: int) -> str:
    return f"{socket.gethostname()}-{pid}-{_began(pid)}"


def _age(one: Instance) -> int:
    return int(one.id.rpartition("-")[2] or 0)


def _began(pid: int) -> str:
    """The moment a process began, in the kernel's ticks; empty when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The name of the program comes before it, in brackets, and may hold anything.
    return text.rpartition(")")[2].split()[19]
