"""One process of the hub, started again whenever it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from valhub.console import echo
from valhub.server.lifeline import PARENT_VARIABLE

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
# A process that lived this long was well: when it ends, its pauses start over.
WELL_S = 30.0
# How long a process may take to stop: longer than it takes for itself (`loops.GRACE_S`), and
# shorter than requests wait for a lock in the database: ending one that is frozen frees its locks.
GRACE_S = 17.0


class Child:
    """A command that is kept running until it is stopped.

    One that leaves when it has nothing to do is started again only when it is wanted.

    It has a process group of its own, so that Ctrl-C reaches the supervisor alone and everybody
    is stopped in order.
    """

    def __init__(
        self,
        name: str,
        module: Sequence[str],
        *,
        descriptors: Sequence[int] = (),
        leaves: bool = False,
        grace_s: float = GRACE_S,
    ) -> None:
        self.name = name
        self.grace_s = grace_s
        self._leaves = leaves
        self._command = [sys.executable, "-P", "-m", *module]
        self._descriptors = tuple(descriptors)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._due = 0.0
        self._pause = FIRST_PAUSE_S

    def start(self) -> None:
        """Start the process."""
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            pass_fds=self._descriptors,
            process_group=0,
        )

    def keep_running(self) -> None:
        """Notice that the process ended; start it again once its pause is over."""
        if self._process is None:
            if time.monotonic() >= self._due:
                self._start_again()
        elif self._process.poll() is not None:
            self._plan_restart(self._process.returncode)

    def leave(self) -> None:
        """Notice that a process that is not wanted any more has left."""
        if self._process is not None and self._process.poll() is not None:
            self._plan_restart(self._process.returncode)

    def _start_again(self) -> None:
        """Start it; a machine without memory for one more process may have some later."""
        try:
            self.start()
        except OSError as error:
            self._pause_after(f"cannot be started ({error.strerror})")

    def _plan_restart(self, status: int) -> None:
        if self._leaves and status == 0:
            self._process, self._due, self._pause = None, 0.0, FIRST_PAUSE_S
            return
        if time.monotonic() - self._started >= WELL_S:
            self._pause = FIRST_PAUSE_S
        self._process = None
        self._pause_after(_ended(status))

    def _pause_after(self, what: str) -> None:
        self._due = time.monotonic() + self._pause
        echo(f"The {self.name} {what}; starting it again in {self._pause:g} s.", err=True)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)

    def ask_to_stop(self) -> None:
        """Ask the process to end; it gives back what it holds."""
        if self._process is not None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait until the process has ended; at the deadline of `time.monotonic`, end it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            echo(f"The {self.name} did not stop in time and is ended.", err=True)
            # Its own children are in its process group.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _ended(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
