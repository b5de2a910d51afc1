"""A death that could come from outside is repeated once; one that could not is believed at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.evaluation.execution.at_work import (
    GATE,
    WAITS,
    Processes,
    is_alive,
    own_processes,
    wait_until,
)
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox import Bind, cgroups
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import GIB, MIB
from valhub.evaluation.execution.sandbox.rundir import RunDir
from valhub.evaluation.execution.script_run import ScriptOutcome
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]
Script = Callable[..., ScriptOutcome]

AGAIN = "A repeat in a fresh sandbox ended without an answer, too."
WAITING = f"""
    {WAITS}

    def f(data):
        print("called", flush=True)
        wait()
        return data
"""
IMPORTING = f"""
    {WAITS}
    wait()

    def f(data):
        return data
"""


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every sandbox that is started."""
    made: list[object] = []
    start = Bubblewrap.start

    def counted(sandbox: Bubblewrap, *args: object, **options: object) -> object:
        made.append(sandbox)
        return start(sandbox, *args, **options)

    monkeypatch.setattr(Bubblewrap, "start", counted)
    return made


@dataclass
class Killer:
    """Kills one process of each sandbox at work, so many times; then the gate is opened."""

    gate: Path
    run: bytes
    over: threading.Event = field(default_factory=threading.Event)
    killed: int = 0

    @contextmanager
    def killing(self, victim: str, number: int, times: int = 1) -> Iterator[None]:
        thread = threading.Thread(target=self._kill, args=(victim, number, times))
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()

    def _kill(self, victim: str, number: int, times: int) -> None:
        try:
            while self.killed < times and not self.over.wait(0.01):
                found = own_processes(self.run)
                if found is not None:
                    os.kill(getattr(found, victim), number)
                    wait_until(lambda found=found: not is_alive(found.child))
                    self.killed += 1
        finally:
            # Otherwise the test would wait for as long as a call may take.
            (self.gate / "open").touch()


@pytest.fixture
def killer(gate: Path, host_sandbox: Bubblewrap) -> Killer:
    return Killer(gate, host_sandbox.rundir.name.encode())


@pytest.fixture
def patient(quick: CallLimits) -> CallLimits:
    """Limits that nothing reaches before a test's own time is up."""
    return replace(quick, timeout_s=3600, import_s=3600)


DEATHS = [
    ("inner", signal.SIGKILL),
    ("guest", signal.SIGKILL),
    ("guest", signal.SIGTERM),
    ("child", signal.SIGKILL),
    ("child", signal.SIGTERM),
    ("child", signal.SIGSEGV),
    ("child", signal.SIGINT),
]


@pytest.mark.parametrize(("victim", "number"), DEATHS)
def test_a_process_killed_once_costs_no_answer(
    make_host: MakeHost,
    ask: Ask,
    patient: CallLimits,
    killer: Killer,
    starts: list[object],
    victim: str,
    number: int,
) -> None:
    host = make_host(WAITING, patient, binds=(Bind(killer.gate, GATE),))
    with killer.killing(victim, number):
        outcome = ask(host, 7)
    assert (killer.killed, len(starts)) == (1, 2)
    assert outcome.failure is None, outcome.failure
    # Nothing of the first try is in the outcome.
    assert (outcome.answer, outcome.logs) == (7, "called\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("victim", "number", "message"),
    [
        ("inner", signal.SIGKILL, f"The algorithm's sandbox ended instead of answering. {AGAIN}"),
        ("guest", signal.SIGKILL, f"The algorithm's sandbox ended instead of answering. {AGAIN}"),
        ("child", signal.SIGKILL, f"The algorithm's process was ended by a signal. {AGAIN}"),
        ("child", signal.SIGSEGV, f"The algorithm's process crashed. {AGAIN}"),
    ],
)
def test_a_process_killed_twice_is_the_algorithms_and_only_what_was_seen_is_said(
    make_host: MakeHost,
    ask: Ask,
    patient: CallLimits,
    killer: Killer,
    victim: str,
    number: int,
    message: str,
) -> None:
    host = make_host(WAITING, patient, binds=(Bind(killer.gate, GATE),))
    with killer.killing(victim, number, times=2):
        outcome = ask(host, 7, reveal=False)
    assert outcome.failure is not None
    assert (outcome.failure.verdict, outcome.failure.message) == (Verdict.ERROR, message)
    assert ask(host, 7).answer == 7


DEEDS = {
    # What the algorithm certainly did itself.
    "os._exit(0)": 1,
    "os._exit(137)": 1,
    "sys.exit()": 1,
    "1 / 0": 1,
    "os.kill(os.getpid(), signal.SIGSYS)": 1,
    "b'x' * 10**9 * len(sys.argv)": 1,
    "time.sleep(60)": 1,
    "open('/tmp/x', 'wb').truncate(1 << 40)": 1,
    # What somebody else could have done: it gains one more try, and ends alike.
    "os.kill(os.getpid(), signal.SIGKILL)": 2,
    "os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)": 2,
    "ctypes.string_at(0)": 2,
    "raise KeyboardInterrupt": 2,
    "os.kill(os.getpid(), signal.SIGSTOP)": 2,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_an_algorithm_does_to_itself_gains_it_one_try_at_most(
    make_host: MakeHost, ask: Ask, quick: CallLimits, starts: list[object], deed: str
) -> None:
    source = f"import ctypes, os, signal, sys, time\n\ndef f(data):\n    {deed}"
    waits = "SIGSTOP" in deed or deed.startswith("time")
    outcome = ask(make_host(source, replace(quick, timeout_s=1 if waits else 60)))
    assert len(starts) == DEEDS[deed]
    assert outcome.failure is not None
    assert outcome.failure.verdict in (Verdict.ERROR, Verdict.TIMEOUT, Verdict.OUT_OF_MEMORY)


def test_the_costs_of_a_repeated_call_are_those_of_the_last_try(
    make_host: MakeHost, ask: Ask, patient: CallLimits, killer: Killer, host_sandbox: Bubblewrap
) -> None:
    # The first try works for a second before it waits to be killed; the second finds the gate open.
    source = WAITING.replace(
        "wait()\n        return",
        "while not os.path.exists('/gate/open') and time.process_time() < 1: pass\n"
        "        wait()\n        return",
    )
    host = make_host(source, patient, binds=(Bind(killer.gate, GATE),))
    with killer.killing("child", signal.SIGKILL):
        outcome = ask(host, 7)
    assert outcome.answer == 7
    assert outcome.cost.cpu_s < 1 if host_sandbox.accounts else outcome.cost.cpu_s is None


def test_an_import_that_is_killed_is_repeated(
    make_host: MakeHost,
    ask: Ask,
    patient: CallLimits,
    gate: Path,
    host_sandbox: Bubblewrap,
    starts: list[object],
) -> None:
    host = make_host(IMPORTING, patient, binds=(Bind(gate, GATE),))
    guests: list[int] = []

    def kill() -> None:
        wait_until(lambda: guests.extend(importing(host_sandbox)) or guests)
        os.kill(guests[0], signal.SIGKILL)
        (gate / "open").touch()

    thread = threading.Thread(target=kill)
    thread.start()
    outcome = ask(host, 7)
    thread.join()
    assert (outcome.answer, len(starts)) == (7, 2)


def importing(sandbox: Bubblewrap) -> list[int]:
    """Guests that sleep in their import."""
    found = own_processes(sandbox.rundir.name.encode(), depth=3)
    return [] if found is None else [found.guest]


@pytest.mark.parametrize(("status", "tries"), [(3, 1), (137, 2)])
def test_an_import_that_ends_by_itself_is_believed_unless_it_looks_like_a_signal(
    make_host: MakeHost, ask: Ask, starts: list[object], status: int, tries: int
) -> None:
    outcome = ask(make_host(f"import os; os._exit({status})"))
    assert (len(starts), outcome.never_ran) == (tries, True)
    assert outcome.failure.verdict is Verdict.ERROR
    assert (AGAIN in outcome.failure.message) is (tries == 2)


ASKS = """
    def evaluate(test_data, annotation, predict):
        try:
            return {"answer": predict(1)}
        except Exception:
            return {"answer": "survived"}
"""
DIES_ONCE = """
    import os, signal

    def predict(data):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_evaluator_learns_of_a_death_only_when_it_repeats(
    script: Script, starts: list[object]
) -> None:
    outcome = script(ASKS, DIES_ONCE)
    # Two sandboxes for each try.
    assert (len(starts), outcome.returned) == (4, {"answer": "survived"})


def test_a_script_run_whose_algorithm_is_killed_once_is_repeated_as_a_whole(
    script: Script, killer: Killer
) -> None:
    source = f"{WAITS}\n    def predict(data):\n        wait()\n        return data"
    with killer.killing("child", signal.SIGKILL):
        outcome = script(ASKS, source, timeout_s=60, total_s=60, gate=killer.gate)
    assert (killer.killed, outcome.returned) == (1, {"answer": 1})


@pytest.fixture
def small_machine(host_sandbox: Bubblewrap) -> Iterator[Bubblewrap]:
    """A sandbox on a machine with less memory than the sandbox may use."""
    hierarchy = host_sandbox.hierarchy
    assert hierarchy is not None
    name = f"valhub-test-{os.getpid()}"
    if isinstance(hierarchy, cgroups.HierarchyV1):
        machine = hierarchy.trees["memory"] / name
        machine.mkdir()
        limit = machine / "memory.limit_in_bytes"
        inside: cgroups.Hierarchy = cgroups.HierarchyV1({**hierarchy.trees, "memory": machine})
    else:
        machine = hierarchy.parents[0] / name
        machine.mkdir()
        (machine / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        limit = machine / "memory.max"
        inside = cgroups.HierarchyV2(machine)
    limit.write_text(str(128 * MIB))
    try:
        with Bubblewrap(RunDir(inside.parents), inside) as sandbox:
            yield sandbox
    finally:
        cgroups.remove([machine])


EATS = "def f(data): return len(b'x' * 2**29)"


def test_memory_of_the_machine_that_runs_out_is_not_the_algorithms_fault(
    make_program: Callable[..., object],
    ask: Ask,
    quick: CallLimits,
    small_machine: Bubblewrap,
    host_sandbox: Bubblewrap,
    starts: list[object],
) -> None:
    failures = {}
    for name, sandbox, limit in [
        ("machine's", small_machine, GIB),
        ("own", small_machine, 64 * MIB),
        ("control", host_sandbox, GIB),
    ]:
        limits = replace(quick, timeout_s=60, memory_bytes=limit)
        starts.clear()
        with Host(sandbox, make_program(EATS), limits) as host:
            failures[name] = ask(host).failure, len(starts)
    assert failures["control"] == (None, 1)
    own, tries = failures["own"]
    assert (own.verdict, tries) == (Verdict.OUT_OF_MEMORY, 1)
    machines, tries = failures["machine's"]
    assert (machines.verdict, tries) == (Verdict.INTERNAL_ERROR, 3)
    assert "The machine ran out of memory" in machines.message


def free_of_groups(found: Processes, sandbox: Bubblewrap) -> None:
    """Move a sandbox's processes out of its control groups and remove these, as root can."""
    assert sandbox.hierarchy is not None
    for parent in sandbox.hierarchy.parents:
        for group in parent.glob(f"{sandbox.rundir.name}-*"):
            for pid in found.all:
                with suppress(ProcessLookupError):
                    (parent / "cgroup.procs").write_text(str(pid))
            cgroups.remove([group])


@pytest.mark.parametrize("times", [1, 3])
def test_a_control_group_that_vanishes_is_never_the_algorithms_fault(
    make_host: MakeHost,
    ask: Ask,
    patient: CallLimits,
    gate: Path,
    host_sandbox: Bubblewrap,
    starts: list[object],
    times: int,
) -> None:
    host = make_host(WAITING, patient, binds=(Bind(gate, GATE),))

    def remove() -> None:
        for _ in range(times):
            found: list[Processes] = []
            wait_until(lambda found=found: (one := own_processes(run)) and (found.append(one) or 1))
            free_of_groups(found[0], host_sandbox)
            wait_until(lambda found=found: not is_alive(found[0].child))
        (gate / "open").touch()

    run = host_sandbox.rundir.name.encode()
    thread = threading.Thread(target=remove)
    thread.start()
    outcome = ask(host, 7)
    thread.join()
    if times == 1:
        assert (outcome.answer, len(starts)) == (7, 2)
    else:
        assert (outcome.failure.verdict, len(starts)) == (Verdict.INTERNAL_ERROR, 3)
        assert "control group was removed" in outcome.failure.message
