"""One call into a guest, from the fork of its child to what the child left behind."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from valhub.evaluation.execution.channel import Channel
from valhub.evaluation.execution.disclosure import raised
from valhub.evaluation.execution.guard import Guard
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.guest_process import GuestProcess, gibberish, receive
from valhub.evaluation.execution.logs import printable
from valhub.evaluation.execution.outcome import CallFailed, Cost, Failure
from valhub.evaluation.execution.program import Program
from valhub.evaluation.results import Verdict

_TICK_S = 0.05
_SETTLES_WITHIN_S = 2.0
_KILLED = (
    "The sandbox was killed from outside, which nothing inside it can do. "
    "This is not the algorithm's fault; run it again."
)
_PACKAGES = {
    "numpy": "a NumPy value",
    "pandas": "a pandas value",
    "tzdata": "a time zone by its name",
}


class Conversation:
    """Questions to one child of a guest, under one guard.

    Parameters
    ----------
    guest : GuestProcess
        Has forked the child.
    channel : Channel
        Connected to the child.
    guard : Guard
        The limits of everything said here.
    program : Program
        Whose code it is, for the lines an exception went through.
    reveal : bool
        Whether the author may read exceptions in full.
    """

    def __init__(
        self,
        guest: GuestProcess,
        channel: Channel,
        guard: Guard,
        *,
        program: Program,
        reveal: bool,
    ) -> None:
        self._guest = guest
        self._guard = guard
        self._program = program
        self._reveal = reveal
        self._channel = channel
        self.broken = False
        self.cost = Cost()

    def ask(self, request: dict[str, Any], data: Path | None = None) -> dict[str, Any]:
        """Send a request, and the file of its data if it has one; return the reply.

        Raises
        ------
        CallFailed
            When there is no reply; the sandbox is of no more use then.
        """
        self._guard.restart()
        try:
            self._channel.queue(request)
            if data is not None:
                self._channel.queue_file(data)
            reply = next_message(self._guest, self._channel, self._guard)
        except CallFailed:
            self.broken = True
            raise
        except wire.Unencodable:
            # Only a message written by hostile code can be read here but not written again.
            self.broken = True
            raise CallFailed(gibberish()) from None
        self._guard.answered()
        return reply

    def value(self, reply: dict[str, Any]) -> Any:
        """Value that a reply carries, or `CallFailed` for one that carries none."""
        match reply:
            case {"kind": "answer", "value": value}:
                return value
            case {"kind": "unencodable", "type": str(what)}:
                # The name of a type could carry hidden data out.
                shown = printable(what[:200]) if self._reveal else "a value that is not data"
                text = f"The algorithm returned {shown}, which cannot be scored."
                raise CallFailed(Failure(Verdict.INVALID_OUTPUT, text))
            case {"kind": "unreadable", "package": str(name)} if name in _PACKAGES:
                text = (
                    f"The algorithm receives {_PACKAGES[name]}, which its environment cannot read; "
                    f"add {name} to its requirements.txt."
                )
                raise CallFailed(Failure(Verdict.ERROR, text))
            case {"kind": "raised", "error": {"out_of_memory": True}}:
                raise CallFailed(self._guard.memory_failure())
            case {"kind": "raised", "error": dict(error)}:
                raise CallFailed(raised(error, self._program, reveal=self._reveal))
        raise CallFailed(gibberish())

    def finish(self) -> bool:
        """Release the child and note the cost; return whether the sandbox is as it was before."""
        self._channel.close()
        idle = False
        if not self.broken:
            try:
                idle = self._guest.is_idle(_SETTLES_WITHIN_S)
            except CallFailed:
                idle = False
        self.cost = self._guard.cost()
        if idle:
            self._guest.prepare_next()
        return idle


def next_message(
    guest: GuestProcess, channel: Channel, guard: Guard, *, importing: bool = False
) -> dict[str, Any]:
    """Wait for the next whole message on a channel, keeping the limits meanwhile.

    Raises
    ------
    CallFailed
        When a limit is reached, what arrives is not a message, or no process is left to send one.
    """
    next_check = time.monotonic()
    while True:
        if time.monotonic() >= next_check:
            guard.check()
            next_check = time.monotonic() + _TICK_S
        guest.wait(channel, _TICK_S)
        # The child's end is read before its last message, so that the message is not missed.
        over = channel is not guest.control and guest.child_ended()
        message = receive(channel)
        if message is not None:
            return message
        if over or channel.closed_by_peer:
            raise CallFailed(_died(guest, guard, importing=importing))


def _died(guest: GuestProcess, guard: Guard, *, importing: bool) -> Failure:
    """Why the process that should have answered is gone."""
    guest.await_child(_SETTLES_WITHIN_S)
    if guard.out_of_memory(guest.process.usage()):
        return guard.memory_failure()
    if _killed_from_outside(guest):
        return Failure(Verdict.INTERNAL_ERROR, _KILLED)
    status = guest.child_status
    if importing and (status is None or os.WIFEXITED(status)):
        text = (
            "The algorithm's import ended its process, so there is no function to call. "
            "Remove os._exit, exec or a crash from what runs at import."
        )
    elif status is None:
        text = "The algorithm ended its sandbox's processes instead of answering."
    elif os.WIFSIGNALED(status):
        text = _signal_text(os.WTERMSIG(status))
    else:
        code = os.WEXITSTATUS(status)
        text = f"The algorithm ended its process (exit status {code}) instead of answering."
    return Failure(Verdict.ERROR, text)


def _killed_from_outside(guest: GuestProcess) -> bool:
    """Whether a signal ended the sandbox's outermost process, which the code inside cannot do.

    That process is in another PID namespace, session and process group than the code, which
    therefore cannot address it; the kernel could kill it because of the code only when memory
    runs out, which is checked first. The end of the code inside shows as an exit status, never as
    a signal: any algorithm can end with status 137, so that proves nothing.
    """
    try:
        # While the guest lives, so does the sandbox, unless it is already known to be dead.
        status = guest.process.wait(_SETTLES_WITHIN_S if guest.control.closed_by_peer else 0)
    except subprocess.TimeoutExpired:
        return False
    return status < 0


def _signal_text(number: int) -> str:
    if number == signal.SIGSYS:
        return "The algorithm made a system call that the sandbox does not allow."
    if number == signal.SIGXFSZ:
        return "The algorithm wrote a file larger than the sandbox allows."
    name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
    return f"The algorithm's process was ended by a signal ({name})."
