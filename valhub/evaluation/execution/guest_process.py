"""A guest that is running: its sandbox, its control socket and what it prints."""

import os
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.channel import Channel
from valhub.evaluation.execution.guard import size
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.outcome import CallFailed, Failure
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.sandbox.interface import MIB, Sandbox, SandboxLimits
from valhub.evaluation.received_values import NESTING, OTHER_TYPE, problem_of
from valhub.evaluation.results import Verdict

_CONTROL_LIMIT = MIB
# The sandbox's own first process, and the guest that waits for the next call.
_IDLE_PROCESSES = 2
_LARGEST_STATUS = 0xFFFF
_RETURN_LESS = "Return finite numbers, and shorter texts."


class GuestProcess:
    """Starts a guest and receives what it says and prints; knows nothing about limits.

    Parameters
    ----------
    sandbox : Sandbox
        Where to start it.
    program : Program
        What it imports.
    limits : SandboxLimits
        What the sandbox may use.
    printed : callable
        Receives what it prints, as bytes; may raise `CallFailed`.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        program: Program,
        limits: SandboxLimits,
        printed: Callable[[bytes], None],
    ) -> None:
        self.who = program.who
        self._printed = printed
        self._pipes: list[int] = []
        self.child_status: int | None = None
        # Whether each child imports the algorithm itself, and says when it has.
        self.imports_afresh = False
        ours, theirs = socket.socketpair()
        outputs = [os.pipe(), os.pipe()]
        with theirs:
            try:
                self.process = sandbox.start(
                    program.command(theirs.fileno(), limits),
                    stdout=outputs[0][1],
                    stderr=outputs[1][1],
                    pass_fds=[theirs.fileno()],
                )
            except BaseException:
                ours.close()
                for reading, _ in outputs:
                    os.close(reading)
                raise
            finally:
                for _, writing in outputs:
                    os.close(writing)
        self._pipes = [reading for reading, _ in outputs]
        for pipe in self._pipes:
            os.set_blocking(pipe, False)
        self.control = Channel(ours, _CONTROL_LIMIT)
        self.control.queue(program.setup())

    def open_call(self) -> socket.socket:
        """Give the waiting child a socket of its own; return the host's end of that socket."""
        self.child_status = None
        ours, theirs = socket.socketpair()
        # A guest that is gone shows as the end of the socket.
        with theirs, suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self.control.sock, [b"c"], [theirs.fileno()])
        return ours

    def wait(self, channel: Channel, timeout_s: float) -> None:
        """Send what waits on `channel`, receive prints; sleep until there is something to do."""
        with selectors.DefaultSelector() as selector:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.sending else 0)
            selector.register(channel.sock, events)
            if channel is not self.control and not self.control.closed_by_peer:
                selector.register(self.control.sock, selectors.EVENT_READ)
            for pipe in self._pipes:
                selector.register(pipe, selectors.EVENT_READ)
            for key, ready in selector.select(timeout_s):
                if key.fileobj in self._pipes:
                    self._read_pipe(key.fd)
                elif key.fileobj is channel.sock and ready & selectors.EVENT_WRITE:
                    channel.send()

    def _read_pipe(self, pipe: int) -> bool:
        """Read what a pipe holds; return whether there was anything."""
        try:
            data = os.read(pipe, 1 << 16)
        except BlockingIOError:
            return False
        if data:
            self._printed(data)
        else:
            os.close(pipe)
            self._pipes.remove(pipe)
        return bool(data)

    def child_ended(self) -> bool:
        """Whether the child of the call has ended, or the guest is gone altogether."""
        if self.child_status is None and not self.control.closed_by_peer:
            message = receive(self.control, self.who)
            if message is not None:
                status = message.get("status")
                # Only what the kernel could have said is a status.
                known = type(status) is int and 0 <= status <= _LARGEST_STATUS
                self.child_status = status if known else 1
        return self.child_status is not None or self.control.closed_by_peer

    def await_child(self, within_s: float) -> bool:
        """Wait for the child's end; whether it came in time."""
        deadline = time.monotonic() + within_s
        while not self.child_ended():
            if time.monotonic() > deadline:
                return False
            self.wait(self.control, 0.05)
        return True

    def is_idle(self, within_s: float) -> bool:
        """Whether the last child ended by itself and nothing that it started is left."""
        deadline = time.monotonic() + within_s
        if not self.await_child(within_s) or self.child_status is None:
            return False
        while (usage := self.process.usage()).processes > _IDLE_PROCESSES:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.002)
        self.take_last_prints()
        # A file that the guest could not remove would be there for the next call.
        return usage.tmp_inodes == 0

    def prepare_next(self) -> None:
        """Let the guest fork the child of the next call, while nobody waits for it."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.control.sock.send(b"n")

    def take_last_prints(self) -> None:
        """Read what is still in the pipes, once nothing prints any more."""
        for pipe in tuple(self._pipes):
            while self._read_pipe(pipe):
                pass

    def close(self) -> None:
        """End the sandbox and everything in it."""
        self.control.close()
        for pipe in self._pipes:
            os.close(pipe)
        self._pipes = []
        self.process.close()


def receive(channel: Channel, who: str) -> dict[str, Any] | None:
    """Next whole message on a channel, or None while there is none; the only way out of a guest.

    Raises
    ------
    CallFailed
        With the verdict `invalid_output`, for anything that is not a message.
    """
    try:
        message = channel.receive()
    except wire.FrameTooLarge:
        text = Closed.LARGE_ANSWER.said(who=who, limit=size(channel.limit))
        raise CallFailed(Failure(Verdict.INVALID_OUTPUT, text)) from None
    except (wire.MalformedFrame, wire.MissingLibrary):
        raise CallFailed(gibberish(who)) from None
    if message is None:
        return None
    # A kind of another type, such as an array, could make the comparisons with it raise.
    if not isinstance(message, dict) or type(message.get("kind")) is not str:
        raise CallFailed(gibberish(who))
    with answer_boundary(lambda _: CallFailed(gibberish(who))):
        problem = problem_of(message)
    if problem:
        raise CallFailed(_not_allowed(who, problem))
    return message


def _not_allowed(who: str, problem: str) -> Failure:
    """Failure of a process that sent a value beyond what may leave a sandbox."""
    if problem in (NESTING, OTHER_TYPE):
        return gibberish(who)  # The guest itself never writes such a value.
    closed = Closed.BEYOND_RANGE.said(who=who)
    return Failure(Verdict.INVALID_OUTPUT, closed, f"{who} returned {problem}. {_RETURN_LESS}")


def gibberish(who: str) -> Failure:
    """Failure of a process that does not speak the guest's protocol."""
    return Failure(Verdict.INVALID_OUTPUT, Closed.NO_ANSWER.said(who=who))
