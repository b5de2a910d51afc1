"""One call into a guest, from the fork of its child to what the child left behind."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.channel import Channel
from valhub.evaluation.execution.disclosure import raised
from valhub.evaluation.execution.endings import why_ended
from valhub.evaluation.execution.guard import Guard
from valhub.evaluation.execution.guest_process import GuestProcess, gibberish, receive
from valhub.evaluation.execution.logs import printable
from valhub.evaluation.execution.outcome import CallFailed, Cost, Failure, Unsendable
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.sandbox.interface import LimitsLost
from valhub.evaluation.execution.ticks import TICK_S
from valhub.evaluation.results import Verdict

_SETTLES_WITHIN_S = 2.0
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
    """

    def __init__(
        self,
        guest: GuestProcess,
        channel: Channel,
        guard: Guard,
        *,
        program: Program,
    ) -> None:
        self._guest = guest
        self._guard = guard
        self._program = program
        self._channel = channel
        self.broken = False
        self.cost = Cost()

    @property
    def lost_s(self) -> float:
        """Seconds in which the host could not watch the call."""
        return self._guard.lost_s

    def ask(self, request: dict[str, Any], data: Path | None = None) -> dict[str, Any]:
        """Send a request, and the file of its data if it has one; return the reply.

        Raises
        ------
        Unsendable
            When the request has something that cannot be sent.
        CallFailed
            When there is no reply; the sandbox is of no more use then.
        """
        self._guard.restart()
        try:
            # What is sent may be another guest's answer; a hostile one can be read, not written.
            with answer_boundary(Unsendable):
                self._channel.queue(request)
            if data is not None:
                self._channel.queue_file(data)
            reply = next_message(self._guest, self._channel, self._guard)
        except (CallFailed, Unsendable):
            self.broken = True
            raise
        self._guard.answered()
        return reply

    def value(self, reply: dict[str, Any]) -> Any:
        """Value that a reply carries, or `CallFailed` for one that carries none."""
        with answer_boundary(lambda _: CallFailed(gibberish(self._program.who)), CallFailed):
            return self._value(reply)

    def _value(self, reply: dict[str, Any]) -> Any:
        who = self._program.who
        match reply:
            case {"kind": "answer", "value": value}:
                return value
            case {"kind": "unencodable", "type": str(what)}:
                text = f"{who} returned {printable(what[:200])}, which cannot be scored."
                closed = Closed.NOT_DATA.said(who=who)
                raise CallFailed(Failure(Verdict.INVALID_OUTPUT, closed, text))
            case {"kind": "unreadable", "package": str(name)} if name in _PACKAGES:
                closed = Closed.CANNOT_READ_INPUT.said(who=who, value=_PACKAGES[name], package=name)
                raise CallFailed(Failure(Verdict.ERROR, closed))
            case {"kind": "raised", "error": {"out_of_memory": True}}:
                raise CallFailed(self._guard.memory_failure())
            case {"kind": "raised", "error": dict(error)}:
                raise CallFailed(raised(error, self._program))
        raise CallFailed(gibberish(who))

    def finish(self) -> bool:
        """Release the child and note the cost; return whether the sandbox is as it was before.

        Raises
        ------
        CallFailed
            When nothing measured the cost, because the sandbox lost its limits.
        """
        self._channel.close()
        idle = False
        if not self.broken:
            # A sandbox without limits is found out below.
            with suppress(CallFailed, LimitsLost):
                idle = self._guest.is_idle(_SETTLES_WITHIN_S)
        self.cost = self._guard.cost()
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
            next_check = time.monotonic() + TICK_S
        guest.wait(channel, TICK_S)
        # The child's end is read before its last message, so that the message is not missed.
        over = channel is not guest.control and guest.child_ended()
        message = receive(channel, guest.who)
        if message is not None:
            return message
        if over or channel.closed_by_peer:
            raise CallFailed(why_ended(guest, guard, importing=importing))
