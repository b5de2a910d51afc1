"""The other end of the wire: keeps a warm sandbox with a guest, and calls into it.

Clock, limits, logs and every decision are on this side; what the guest says is only ever an answer
or a claim. A sandbox in which anything went wrong, or in which anything is left after a call, is
thrown away, and the next call gets a new one. What the host can see is not all there is: the guest
is the algorithm's own process, which can keep from one call to the next whatever it likes. Where
that matters, every call gets a sandbox of its own.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.channel import Channel
from valhub.evaluation.execution.conversation import Conversation, next_message
from valhub.evaluation.execution.disclosure import raised, uncallable
from valhub.evaluation.execution.guard import Guard, check_run, size
from valhub.evaluation.execution.guest_process import GuestProcess, gibberish
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.logs import Logs
from valhub.evaluation.execution.outcome import (
    CallFailed,
    Cost,
    Doubt,
    Failure,
    Outcome,
)
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.repeats import Repeats
from valhub.evaluation.execution.sandbox.interface import Sandbox, SandboxLimits
from valhub.evaluation.results import Verdict

log = logging.getLogger(__name__)
# On an author's own machine, where nothing keeps a log, the result says it all.
log.addHandler(logging.NullHandler())


class Host:
    """One sandbox after another for one program, with at most one call at a time.

    Parameters
    ----------
    sandbox : Sandbox
        Where to run.
    program : Program
        What to run.
    limits : CallLimits
        What each call may use.
    deadline : float
        `time.monotonic()` at which the whole run must end.
    cancel : threading.Event
        Ends the call at hand, within a moment, when set; may be replaced between calls.
    isolated : bool
        Give every call a new sandbox, which no other call has seen.
    timed : bool
        Whether run times rank: then a call is repeated, too, whose run time was interrupted from
        outside. One that may have interrupted its own is repeated anyway.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        program: Program,
        limits: CallLimits,
        *,
        deadline: float = float("inf"),
        cancel: threading.Event | None = None,
        isolated: bool = False,
        timed: bool = False,
    ) -> None:
        self._sandbox = sandbox
        self._program = program
        self._limits = limits
        self._inside = SandboxLimits(memory_bytes=limits.memory_bytes)
        self._deadline = deadline
        self.cancel = cancel or threading.Event()
        self._isolated = isolated
        self._timed = timed
        self._logs = Logs(limits.kept_log_bytes)
        self._guest: GuestProcess | None = None
        # Of the sandbox at hand, and of any so far.
        self._has_seen_hidden = self._had_hidden = False
        self.cost = Cost()

    def call(
        self, request: dict[str, Any], data: Path | None = None, *, reveal: bool = True
    ) -> Outcome:
        """Make one call in a fresh child and return its outcome.

        Where something outside may be why there is none, the call is repeated in a fresh sandbox;
        see `repeats`. Outcome and costs are those of the last try.

        Parameters
        ----------
        request : dict
            A request of the guest's; see `guest.serve`.
        data : Path or None
            A file that holds one frame, sent behind the request.
        reveal : bool
            Whether the author may read exceptions and prints in full.
        """
        repeats = Repeats()
        for tries in count(1):
            outcome, doubt = self._try(request, data, reveal=reveal)
            if not repeats.allow(doubt):
                break
            why = outcome.failure.message if outcome.failure else "the run time was interrupted"
            log.warning("call_repeated try=%d why=%r", tries, why)
            self.renew()
        if doubt is Doubt.EITHER and outcome.failure is None:
            # An algorithm that stops itself takes as long as it takes: else it could choose which
            # of its run times count.
            return replace(outcome, cost=replace(outcome.cost, interrupted=Doubt.NONE))
        return outcome

    def _try(
        self, request: dict[str, Any], data: Path | None, *, reveal: bool
    ) -> tuple[Outcome, Doubt]:
        """Make a call once; say also whether something outside may be why it went as it did."""
        answer, failure = None, None
        self.cost = Cost()
        try:
            with self.conversation(self._limits.timeout_s, reveal=reveal) as talk:
                answer = talk.value(talk.ask(request, data))
        except CallFailed as error:
            failure = error.failure
        logs = self.take_logs()  # even when they are not shown, so that they are gone
        shown = failure.shown(reveal=reveal) if failure else None
        never_ran = failure is not None and not failure.saw_data
        outcome = Outcome(answer, shown, self.cost, logs if reveal or never_ran else "", never_ran)
        if failure is not None:
            return outcome, failure.doubt
        if self.cost.interrupted is Doubt.OUTSIDE and not self._timed:
            return outcome, Doubt.NONE
        return outcome, self.cost.interrupted

    @contextmanager
    def conversation(self, time_limit_s: float, *, reveal: bool = True) -> Iterator[Conversation]:
        """Talk to a new child (in a new sandbox if need be) for at most `time_limit_s`."""
        if reveal and self._has_seen_hidden:
            # What a hidden file left inside must not show up where it can be read.
            self.close()
        guest = self.start()
        self._has_seen_hidden |= not reveal
        self._had_hidden |= not reveal
        self._logs.take()
        channel = self._channel(guest)
        talk = Conversation(
            guest,
            channel,
            self._guard(guest, time_limit_s, self._program.who),
            program=self._program,
        )
        try:
            yield talk
        finally:
            self._end(guest, talk)

    def _end(self, guest: GuestProcess, talk: Conversation) -> None:
        as_before = False
        try:
            as_before = talk.finish()
        finally:
            self.cost = talk.cost
            # Nothing was evaluated in a time that was lost.
            self._deadline += talk.lost_s
            if self._isolated or not as_before:
                self.close()
            else:
                guest.prepare_next()

    def start(self) -> GuestProcess:
        """Have a sandbox in which the program is imported; raises `CallFailed`."""
        check_run(self._limits, self._deadline, self.cancel)
        if self._guest is None:
            self._guest = GuestProcess(self._sandbox, self._program, self._inside, self._printed)
            try:
                self._await_import(self._guest)
            except BaseException:
                with suppress(CallFailed):
                    self._guest.take_last_prints()
                self.close()
                raise
        return self._guest

    def _await_import(self, guest: GuestProcess) -> None:
        try:
            message = self._imported(guest, guest.control)
        except CallFailed as error:
            if error.failure.blameless:
                raise
            # No data has been inside yet, so its author may read everything. But what an earlier
            # sandbox read of hidden data may have come here through the machine's caches.
            raise CallFailed(replace(error.failure, saw_data=self._had_hidden)) from None
        guest.imports_afresh = message.get("afresh") is True

    def _channel(self, guest: GuestProcess) -> Channel:
        """Have a child with the algorithm imported; raises `CallFailed`."""
        channel = Channel(guest.open_call(), self._limits.output_bytes)
        if guest.imports_afresh:
            try:
                self._imported(guest, channel)
            except CallFailed:
                channel.close()
                self.close()
                raise
        return channel

    def _imported(self, guest: GuestProcess, channel: Channel) -> dict[str, Any]:
        """Wait for the end of an import, whose costs are nobody's; raises `CallFailed`."""
        guard = self._guard(guest, self._limits.import_s, f"{self._program.who}'s import")
        try:
            message = next_message(guest, channel, guard, importing=True)
        finally:
            self._deadline += guard.lost_s
            self.cost = guard.cost()
        match message:
            case {"kind": "ready"}:
                return message
            case {"kind": "failed", "error": dict(described)}:
                with answer_boundary(lambda _: self._no_answer()):
                    failure = raised(described, self._program, while_importing=True)
                raise CallFailed(failure)
            case {"kind": "uncallable", "message": str(text)}:
                raise CallFailed(uncallable(text, self._program.who))
        raise self._no_answer()

    def _no_answer(self) -> CallFailed:
        return CallFailed(gibberish(self._program.who))

    def _guard(self, guest: GuestProcess, time_limit_s: float, what: str) -> Guard:
        return Guard(
            guest.process,
            self._limits,
            time_limit_s=time_limit_s,
            deadline=self._deadline,
            cancel=self.cancel,
            tmp_inodes=self._inside.tmp_inodes,
            what=what,
        )

    def _printed(self, data: bytes) -> None:
        self._logs.add(data)
        if self._logs.call_bytes > self._limits.log_bytes:
            limit = size(self._limits.log_bytes)
            text = Closed.PRINTS.said(who=self._program.who, limit=limit)
            raise CallFailed(Failure(Verdict.ERROR, text))

    def take_logs(self) -> str:
        """What has been printed since the last call began."""
        return self._logs.take()

    def renew(self) -> None:
        """End the sandbox, and forget what was printed and used in it: all is to be repeated."""
        self.close()
        self.take_logs()
        self.cost = Cost()

    def close(self) -> None:
        """End the sandbox and everything in it."""
        if self._guest is not None:
            self._guest.close()
            self._guest = None
            self._has_seen_hidden = False

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
