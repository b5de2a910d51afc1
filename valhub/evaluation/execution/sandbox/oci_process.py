"""A command that runs in a container: measured, waited for and ended from outside."""

import os
import select
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from valhub.evaluation.execution.sandbox import cgroups, usage
from valhub.evaluation.execution.sandbox.interface import SandboxLimits, Usage
from valhub.evaluation.execution.sandbox.streams import Streams
from valhub.evaluation.execution.sandbox.surroundings import TMP_FOLDERS

_ENDS_WITHIN_S = 10.0
_LONGEST_STATUS = 16


class OciProcess:
    """One container that is running, or was.

    Parameters
    ----------
    popen : Popen
        Outermost process; its child is the first of the process namespace that the engine is in.
    first : int
        Id, seen from here, of the container's first process.
    line : socket
        On which the first process tells how the command ended.
    group : Group
        Has everything inside in it or below it.
    folders : sequence of Path
        The group, and what the engine made of that name in other trees.
    """

    def __init__(
        self,
        popen: "subprocess.Popen[bytes]",
        first: int,
        line: socket.socket,
        group: cgroups.Group,
        folders: Sequence[Path],
        limits: SandboxLimits,
        streams: Streams,
    ) -> None:
        self._popen = popen
        self._first = first
        self._line = line
        self._group = group
        self._folders = folders
        self._limits = limits
        self._streams = streams
        self._status: int | None = None
        (namespace,) = usage.children(popen.pid)
        self._namespace: int | None = os.pidfd_open(namespace)

    @property
    def stdout(self) -> int | None:
        """Descriptor of the command's standard output, when it was asked for as a pipe."""
        return self._streams.stdout

    @property
    def stderr(self) -> int | None:
        """Descriptor of the command's standard error, when it was asked for as a pipe."""
        return self._streams.stderr

    def usage(self) -> Usage:
        """Read what everything inside has used; see `Process.usage`."""
        capacity = self._limits.tmp_bytes
        _, tmp_inodes = usage.filesystem_usage(self._first, TMP_FOLDERS, capacity)
        group = self._group
        memory, peak = group.memory_bytes(), group.peak_memory_bytes()
        inside, kills = group.processes(), group.oom_kills()
        return Usage(group.cpu_s(), memory, peak, inside, tmp_inodes, kills)

    def reset_peak(self) -> None:
        """Start a new measurement of peak memory."""
        self._group.reset_peak()

    def wait(self, timeout_s: float | None = None) -> int:
        """Exit status of the command; raises `subprocess.TimeoutExpired`.

        Negative when a signal ended the outermost process, which nothing inside can bring about.
        """
        if self._status is None:
            if not select.select([self._line], [], [], timeout_s)[0]:
                raise subprocess.TimeoutExpired("podman", timeout_s or 0.0)
            self._status = self._told()
        return self._status

    def _told(self) -> int:
        with suppress(ConnectionResetError):
            text = self._line.recv(_LONGEST_STATUS).strip()
            # Whoever took the first process over could write anything here.
            if text.isdigit():
                return int(text) & 0xFF
        status = self._popen.wait(_ENDS_WITHIN_S)
        # What unshare of util-linux 2.38 says when its child was killed, for want of the signal.
        # The first process inside never ends like that, and podman's own faults are 125 and above.
        return -signal.SIGKILL if status == 1 else status

    def kill(self) -> None:
        """End every process inside, and return when none is left."""
        if self._namespace is None:
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._namespace, signal.SIGKILL)
        # The kernel ends all others in the namespace before it lets go of the first.
        select.select([self._namespace], [], [], _ENDS_WITHIN_S)
        self._popen.wait()

    def close(self) -> None:
        """Kill, close the pipes, remove the control groups."""
        self.kill()
        if self._namespace is not None:
            os.close(self._namespace)
            self._namespace = None
        self._line.close()
        self._streams.close()
        cgroups.remove(self._folders)

    def __enter__(self) -> "OciProcess":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
