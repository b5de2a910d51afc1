"""The other end of the wire: keeps a sandbox with a guest ready, and calls into it.

Clock, limits, logs and every decision are on this side; what the guest says is only ever an answer
or a claim. A sandbox in which anything went wrong, or in which anything is left after a call, is
thrown away, and the next call gets a new one.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from valhub.evaluation.execution.conversation import Conversation, next_message
from valhub.evaluation.execution.disclosure import raised
from valhub.evaluation.execution.guard import Guard, size
from valhub.evaluation.execution.guest_process import GuestProcess, gibberish
from valhub.evaluation.execution.limits import Limits
from valhub.evaluation.execution.logs import Logs
from valhub.evaluation.execution.outcome import CallFailed, Cost, Failure, Outcome
from valhub.evaluation.execution.program import CODE, Program
from valhub.evaluation.execution.sandbox.interface import Sandbox, SandboxLimits
from valhub.evaluation.results import Verdict


class Host:
    """One sandbox after another for one program, with at most one call at a time.

    Parameters
    ----------
    sandbox : Sandbox
        Where to run.
    program : Program
        What to run.
    limits : Limits
        What each call may use.
    reveal : bool
        Whether the author may read exceptions and prints in full.
    deadline : float
        `time.monotonic()` at which the whole run must end.
    cancel : threading.Event
        Ends the call at hand, within a moment, when set.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        program: Program,
        limits: Limits,
        *,
        reveal: bool = True,
        deadline: float = float("inf"),
        cancel: threading.Event | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._program = program
        self._limits = limits
        self._inside = SandboxLimits(memory_bytes=limits.memory_bytes)
        self._reveal = reveal
        self._deadline = deadline
        self._cancel = cancel or threading.Event()
        self._logs = Logs(limits.kept_log_bytes)
        self._guest: GuestProcess | None = None
        self._cost = Cost()

    def call(self, request: dict[str, Any], data: Path | None = None) -> Outcome:
        """Make one call in a fresh child and return what came of it.

        Parameters
        ----------
        request : dict
            A request of the guest's; see `guest.serve`.
        data : Path or None
            A file that holds one frame, sent behind the request.
        """
        answer, failure = None, None
        self._cost = Cost()
        try:
            with self.conversation(self._limits.timeout_s) as talk:
                answer = talk.value(talk.ask(request, data))
        except CallFailed as error:
            failure = error.failure
        return Outcome(answer, failure, self._cost, self._take_logs())

    @contextmanager
    def conversation(self, wall_s: float) -> Iterator[Conversation]:
        """Fork a child (in a new sandbox if need be) and talk to it for at most `wall_s`."""
        guest = self.start()
        self._logs.take()
        talk = Conversation(
            guest,
            self._guard(guest, wall_s),
            output_bytes=self._limits.output_bytes,
            code=self._program.code,
            reveal=self._reveal,
        )
        try:
            yield talk
        finally:
            as_before = talk.finish()
            self._cost = talk.cost
            if not as_before:
                self.close()

    def start(self) -> GuestProcess:
        """Have a sandbox in which the program is imported; raises `CallFailed`."""
        if self._guest is None:
            self._guest = GuestProcess(self._sandbox, self._program, self._inside, self._printed)
            try:
                self._await_import(self._guest)
            except BaseException:
                self.close()
                raise
        return self._guest

    def _await_import(self, guest: GuestProcess) -> None:
        guard = self._guard(guest, self._limits.import_s)
        try:
            message = next_message(guest, guest.control, guard)
        finally:
            self._cost = guard.cost()
        match message:
            case {"kind": "ready"}:
                return
            case {"kind": "failed", "error": dict(error)}:
                # Nothing hidden has been inside yet, so its author may read everything.
                failure = raised(
                    error, reveal=True, code=self._program.code, shown_at=CODE, while_importing=True
                )
                raise CallFailed(failure)
        raise CallFailed(gibberish())

    def _guard(self, guest: GuestProcess, wall_s: float) -> Guard:
        return Guard(
            guest.process,
            self._limits,
            wall_s=wall_s,
            deadline=self._deadline,
            cancel=self._cancel,
            tmp_inodes=self._inside.tmp_inodes,
        )

    def _printed(self, data: bytes) -> None:
        self._logs.add(data)
        if self._logs.total_bytes > self._limits.log_bytes:
            text = f"The algorithm printed more than the {size(self._limits.log_bytes)} a run may."
            raise CallFailed(Failure(Verdict.ERROR, text))

    def _take_logs(self) -> str:
        text = self._logs.take()
        return text if self._reveal else ""

    def close(self) -> None:
        """End the sandbox and everything in it."""
        if self._guest is not None:
            self._guest.close()
            self._guest = None

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
