"""A command that runs under bubblewrap: measured, waited for and ended from outside."""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from valhub.evaluation.execution.sandbox import cgroups, usage
from valhub.evaluation.execution.sandbox.arguments import TMP_FOLDERS
from valhub.evaluation.execution.sandbox.interface import (
    LimitsLost,
    SandboxLimits,
    Stopped,
    Usage,
)

_ENDS_WITHIN_S = 10.0
# Of the limit; the rest is too little for the code and the data that a program needs in memory.
_FULL = 0.9


class BubblewrapProcess:
    """One sandbox that is running, or was."""

    def __init__(
        self,
        popen: "subprocess.Popen[bytes]",
        first: int | None,
        group: cgroups.Group | None,
        limits: SandboxLimits,
        stage: Path | None = None,
    ) -> None:
        self._popen = popen
        self._first = first
        self._group = group
        self._limits = limits
        self._stage = stage
        self._peak = 0
        self._sampler = usage.Sampler()
        self._gone = _pidfd(first)

    @property
    def stdout(self) -> int | None:
        """Descriptor of the command's standard output, when it was asked for as a pipe."""
        return self._popen.stdout.fileno() if self._popen.stdout else None

    @property
    def stderr(self) -> int | None:
        """Descriptor of the command's standard error, when it was asked for as a pipe."""
        return self._popen.stderr.fileno() if self._popen.stderr else None

    @property
    def pid(self) -> int:
        """First process of the sandbox; see `Process.pid`."""
        return self._first or 0

    def usage(self) -> Usage:
        """Read what everything inside has used; see `Process.usage`."""
        first = self._first or 0
        tmp_bytes, tmp_inodes = usage.filesystem_usage(first, TMP_FOLDERS, self._limits.tmp_bytes)
        if self._group is not None:
            with _existing():
                return self._group_usage(self._group, tmp_inodes)
        reading = self._sampler.read(first, self._limits.memory_bytes)
        memory = reading.memory_bytes + tmp_bytes
        self._peak = max(self._peak, memory)
        return Usage(None, memory, self._peak, reading.processes, tmp_inodes, 0)

    def _group_usage(self, group: cgroups.Group, tmp_inodes: int) -> Usage:
        # Why memory ran out is read after whether it did, so that both are of the same event.
        kills = group.oom_kills()
        ooms, hits = group.ooms(), group.limit_hits()
        memory, peak = group.memory_bytes(), group.peak_memory_bytes()
        # Where the kernel keeps no peak, the highest sample is the next best.
        self._peak = max(self._peak, peak)
        # bubblewrap's own process outside the namespace is in the group too.
        inside = max(group.processes() - 1, 0)
        return Usage(group.cpu_s(), memory, self._peak, inside, tmp_inodes, kills, ooms, hits)

    def reset_peak(self) -> None:
        """Start a new measurement of peak memory."""
        self._peak = 0
        if self._group is not None:
            with _existing():
                self._group.reset_peak()

    def stopped(self) -> Stopped:
        """Whether processes inside are stopped; see `Process.stopped`."""
        first = self._first or 0
        if usage.is_stopped(first):
            return Stopped.WHOLE
        return Stopped.INSIDE if any(map(usage.is_stopped, usage.tree(first))) else Stopped.NONE

    def memory_is_full(self) -> bool:
        """Whether memory is nearly used up; see `Process.memory_is_full`."""
        if self._group is None:
            return False
        with _existing():
            return self._group.kept_memory_bytes() >= _FULL * self._limits.memory_bytes

    def wait(self, timeout_s: float | None = None) -> int:
        """Exit status of the command; raises `subprocess.TimeoutExpired`."""
        return self._popen.wait(timeout_s)

    def kill(self) -> None:
        """End every process inside, and return when none is left."""
        if self._gone is not None:
            # With the first process of a PID namespace the kernel ends all others.
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._gone, signal.SIGKILL)
            select.select([self._gone], [], [], _ENDS_WITHIN_S)
        if self._popen.returncode is None:
            # A first process that has not come up yet is in the group that was started.
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def close(self) -> None:
        """Kill, close the pipes, remove the control group and the folder for its mounts."""
        self.kill()
        for pipe in (self._popen.stdout, self._popen.stderr, self._popen.stdin):
            if pipe is not None:
                pipe.close()
        if self._gone is not None:
            os.close(self._gone)
            self._gone = None
        if self._group is not None:
            cgroups.remove(self._group.folders)
        if self._stage is not None:
            # The mounts are gone with the sandbox; a folder that is in use would lose them.
            with suppress(OSError):
                self._stage.rmdir()

    def __enter__(self) -> "BubblewrapProcess":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@contextmanager
def _existing() -> Iterator[None]:
    """Say in the interface's words that a control group is gone."""
    try:
        yield
    except OSError as error:
        raise LimitsLost from error


def _pidfd(pid: int | None) -> int | None:
    if pid is None:
        return None
    with suppress(ProcessLookupError):
        return os.pidfd_open(pid)
    return None
