"""A sandbox that is killed from outside is our fault; nothing inside can look like that."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox import usage
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.script_run import ScriptOutcome
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]
Script = Callable[..., ScriptOutcome]
Outermost = Callable[[], list[int]]

SOURCE = """
    import os, signal, subprocess, sys, time

    def f(deed):
        if deed == "hang":
            time.sleep(3600)
        if deed == "eat memory":
            b"x" * 10**9
        return deed
"""
# What the code inside may try so that its end looks like somebody else's doing.
PRETENCES = {
    "ends as if it had been killed": "os._exit(137)",
    "ends with the number of the signal": "os._exit(9)",
    "ends with the largest status": "os._exit(255)",
    "kills itself": "os.kill(os.getpid(), signal.SIGKILL)",
    "kills its parent": "os.kill(os.getppid(), signal.SIGKILL); time.sleep(0.5)",
    "kills everybody": "os.kill(-1, signal.SIGKILL); os.kill(os.getpid(), signal.SIGKILL)",
    "kills its group": "os.killpg(0, signal.SIGKILL)",
    "ends everybody": "os.kill(-1, signal.SIGTERM); os.kill(os.getpid(), signal.SIGTERM)",
    "kills every number": (
        "[kill(n) for n in [*range(1, os.getpid()), *range(os.getpid() + 1, 1 << 16)]]"
        "; kill(os.getpid())"
    ),
    "kills the first process and closes up": "kill(1); os.closerange(0, 1024); time.sleep(0.5)",
    "asks for a death with its parent": (
        "ctypes.CDLL(None).prctl(1, 9, 0, 0, 0); os.kill(os.getppid(), signal.SIGKILL)"
        "; time.sleep(0.5)"
    ),
}
KILL = """
    import ctypes, os, signal, time

    def kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
"""


@pytest.fixture
def outermost(host_sandbox: Bubblewrap) -> Outermost:
    """Find the outermost processes of the sandboxes that a guest runs in, oldest first."""
    run = host_sandbox.rundir.name.encode()

    def find() -> list[int]:
        found = []
        for pid in sorted(usage.tree(os.getpid())):
            with suppress(FileNotFoundError, ProcessLookupError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                # The same process was a shell before; then its command line still had a script.
                if words[0] == b"bwrap" and run in words and len(list(usage.tree(pid))) > 2:
                    found.append(pid)
        return [pid for pid in found if parent_of(pid) == os.getpid()]

    return find


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_alive(pid: int) -> bool:
    """Whether a process has not ended yet; its parent may still have to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def killing(
    outermost: Outermost, number: int = signal.SIGKILL, *, which: int = 0, of: int = 1
) -> Iterator[None]:
    """Send a signal to one of so many sandboxes a moment after all of them are up."""
    over = threading.Event()

    def kill() -> None:
        while len(there := outermost()) < of and not over.wait(0.01):
            continue
        if not over.wait(0.3):
            os.kill(there[which], number)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def assert_our_fault(outcome: Outcome | ScriptOutcome) -> None:
    assert outcome.failure is not None
    assert outcome.failure.verdict is Verdict.INTERNAL_ERROR, outcome.failure
    assert "killed from outside" in outcome.failure.message
    assert "not the algorithm's fault" in outcome.failure.message


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_sandbox_killed_during_a_call_is_our_fault(
    make_host: MakeHost, ask: Ask, quick: CallLimits, outermost: Outermost, number: int
) -> None:
    # Only the signal ends it before the test's own time is up.
    host = make_host(SOURCE, replace(quick, timeout_s=3600))
    with killing(outermost, number):
        outcome = ask(host, "hang")
    assert_our_fault(outcome)
    assert ask(host, "fine").answer == "fine"


def test_a_sandbox_killed_during_the_import_is_our_fault_and_may_be_tried_again(
    make_host: MakeHost, ask: Ask, outermost: Outermost
) -> None:
    host = make_host("import time\ntime.sleep(60)")
    with killing(outermost):
        outcome = ask(host)
    assert_our_fault(outcome)
    assert not outcome.never_ran


def test_a_sandbox_killed_between_two_calls_is_our_fault(
    make_host: MakeHost, ask: Ask, outermost: Outermost
) -> None:
    host = make_host(SOURCE)
    assert ask(host, "first").answer == "first"
    sandboxed = list(usage.tree(outermost()[0]))
    os.kill(outermost()[0], signal.SIGKILL)
    # The child of the next call is there already, and could answer until it is gone as well.
    while any(map(is_alive, sandboxed)):
        time.sleep(0.01)
    assert_our_fault(ask(host, "second"))
    assert ask(host, "third").answer == "third"


@pytest.mark.parametrize("deed", PRETENCES)
@pytest.mark.parametrize("where", ["during the import", "during the call"])
def test_nothing_inside_can_make_its_end_our_fault(
    make_host: MakeHost, ask: Ask, where: str, deed: str
) -> None:
    inside = PRETENCES[deed] if where == "during the import" else "pass"
    called = PRETENCES[deed]
    outcome = ask(make_host(f"{KILL}\n    {inside}\n\n    def f(data):\n        {called}"))
    assert outcome.failure is not None
    assert outcome.failure.verdict in (Verdict.ERROR, Verdict.TIMEOUT), outcome.failure


def test_a_sandbox_that_memory_cost_its_outermost_process_ran_out_of_memory(
    make_host: MakeHost, ask: Ask, outermost: Outermost
) -> None:
    host = make_host(SOURCE)
    assert ask(host, "fine").answer == "fine"
    # Now the kernel ends that process first when memory runs out.
    Path(f"/proc/{outermost()[0]}/oom_score_adj").write_text("1000")
    outcome = ask(host, "eat memory")
    assert outcome.failure is not None
    assert outcome.failure.verdict is Verdict.OUT_OF_MEMORY
    assert ask(host, "fine").answer == "fine"


ASKS = """
    def evaluate(test_data, annotation, predict):
        try:
            return {"answer": predict(1)}
        except Exception:
            return {"answer": 0.0}
"""
HANGS = "import time\ndef predict(data): time.sleep(60)"


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1], ids=["evaluator", "algorithm"])
def test_a_script_run_of_which_a_sandbox_was_killed_is_our_fault(
    script: Script, outermost: Outermost, which: int
) -> None:
    with killing(outermost, which=which, of=2):
        assert_our_fault(script(ASKS, HANGS, timeout_s=3))


def test_an_evaluator_killed_after_it_survived_a_failure_is_our_fault(
    script: Script, outermost: Outermost
) -> None:
    survives = ASKS.replace('return {"answer": 0.0}', "import time; time.sleep(60)")
    with killing(outermost):
        assert_our_fault(script(survives, "def predict(data): 1 / 0"))
