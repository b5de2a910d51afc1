"""Why a process that should have answered is gone: what was seen, and whether it proves a fault.

An exit status that the guest reports, a forbidden system call, a file too large and memory that ran
out at the sandbox's own limit are the algorithm's doing. A signal, a dead guest or a sandbox that
ended as a whole could be its doing or somebody else's: that is left in doubt, and the call is
repeated. A signal at the sandbox's outermost process is somebody else's.
"""

import os
import signal
import subprocess

from valhub.evaluation.closed_sentences import AGAIN, Closed
from valhub.evaluation.execution.guard import Guard
from valhub.evaluation.execution.guest_process import GuestProcess
from valhub.evaluation.execution.outcome import Doubt, Failure
from valhub.evaluation.results import Verdict

_SETTLES_WITHIN_S = 2.0
# Only the sandbox's own limits send these.
_CERTAIN: dict[int, Closed] = {
    signal.SIGSYS: Closed.FORBIDDEN_CALL,
    signal.SIGXFSZ: Closed.LARGE_FILE,
}
_CRASHES = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGABRT,
        signal.SIGTRAP,
    }
)
# bubblewrap reports the end of what it ran by a signal as this and the signal's number.
_FIRST_SIGNALLED = 128


def why_ended(guest: GuestProcess, guard: Guard, *, importing: bool) -> Failure:
    """Say why a process is gone that should have answered.

    Parameters
    ----------
    importing : bool
        Whether it had yet to import the algorithm.

    Raises
    ------
    CallFailed
        When it ended for want of memory.
    """
    guest.await_child(_SETTLES_WITHIN_S)
    guard.check_memory()
    outermost = _outermost_status(guest)
    if outermost is not None and outermost < 0:
        # That process is in another PID namespace, session and process group than the code, which
        # therefore cannot address it. The end of the code inside shows as an exit status.
        return Failure(Verdict.INTERNAL_ERROR, Closed.KILLED_FROM_OUTSIDE.said())
    if guest.child_status is not None:
        return _end_of_child(guest.child_status, guest.who, importing=importing)
    return _end_of_guest(outermost, guest.who, importing=importing)


def _end_of_child(status: int, who: str, *, importing: bool) -> Failure:
    """What a status shows that the guest reported: how the child ended that answers the call."""
    if not os.WIFSIGNALED(status):
        if importing:
            return Failure(Verdict.ERROR, Closed.IMPORT_ENDED.said(who=who))
        code = os.WEXITSTATUS(status)
        detail = f"{who} ended its process (exit status {code}) instead of answering."
        return Failure(Verdict.ERROR, Closed.EXITED.said(who=who), detail)
    number = os.WTERMSIG(status)
    if number in _CERTAIN:
        return Failure(Verdict.ERROR, _CERTAIN[number].said(who=who))
    name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
    closed = Closed.CRASHED if number in _CRASHES else Closed.SIGNALLED
    detail = f"{who}'s process was ended by a signal ({name}). {AGAIN}"
    return Failure(Verdict.ERROR, closed.said(who=who), detail, doubt=Doubt.EITHER)


def _end_of_guest(outermost: int | None, who: str, *, importing: bool) -> Failure:
    """What the end of the guest shows, or its silence: the sandbox's status is None while it runs.

    Any algorithm can end with a status that looks like a signal, so that proves nothing.
    """
    if importing and outermost is not None:
        if outermost < _FIRST_SIGNALLED:
            return Failure(Verdict.ERROR, Closed.IMPORT_ENDED.said(who=who))
        return Failure(Verdict.ERROR, Closed.IMPORT_DIED.said(who=who), doubt=Doubt.EITHER)
    closed = Closed.CLOSED_CONNECTION if outermost is None else Closed.ENDED_SANDBOX
    return Failure(Verdict.ERROR, closed.said(who=who), doubt=Doubt.EITHER)


def _outermost_status(guest: GuestProcess) -> int | None:
    """How the sandbox's outermost process ended; None while it runs, negative for a signal."""
    try:
        # While the guest lives, so does the sandbox, unless it is already known to be dead.
        return guest.process.wait(_SETTLES_WITHIN_S if guest.control.closed_by_peer else 0)
    except subprocess.TimeoutExpired:
        return None
