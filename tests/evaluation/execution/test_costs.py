"""What a call costs is measured whole, or not at all: no process takes its time out of the sum."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.execution.sandbox.rundir import RunDir
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

SPIN = "end = time.process_time() + seconds\n    while time.process_time() < end:\n        pass"
# The parent learns from a pipe that its child has ended, and never asks how.
UNASKED = f"""
import os, signal, time

def spin(seconds):
    {SPIN}

def f(data, seconds):
    signal.signal(signal.SIGCHLD, signal.SETTING)
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        spin(seconds)
        os._exit(0)
    os.close(writing)
    os.read(reading, 1)
"""
# Each burns so many seconds in a process whose parent never asks how it ended.
EVASIONS = {
    "a child that the kernel reaps": UNASKED.replace("SETTING", "SIG_IGN"),
    "an orphan": f"""
import os, time

def spin(seconds):
    {SPIN}

def f(data, seconds):
    reading, writing = os.pipe()
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            spin(seconds)
        os._exit(0)
    os.close(writing)
    os.wait()
    os.read(reading, 1)
""",
    "a child that nobody waits for": UNASKED.replace("SETTING", "SIG_DFL"),
    "work that ends after the answer": f"""
import os, sys, time

def spin(seconds):
    {SPIN}

def f(data, seconds):
    leave = os._exit
    def later(code):
        spin(seconds)
        leave(code)
    os._exit = later
""",
}


@pytest.fixture(scope="module")
def ungrouped() -> Iterator[Bubblewrap]:
    """A sandbox as on a machine where nobody may make control groups."""
    with Bubblewrap(RunDir(()), None) as sandbox:
        yield sandbox


@pytest.fixture
def sampled(make_program: Callable[..., Program], ungrouped: Bubblewrap) -> Iterator[MakeHost]:
    hosts = []

    def make(source: str, limits: CallLimits) -> Host:
        hosts.append(Host(ungrouped, make_program(source), limits))
        return hosts[-1]

    yield make
    for host in hosts:
        host.close()


def check_measured(outcome: Outcome, seconds: float, sandbox: Bubblewrap) -> None:
    """With control groups all of it is counted; without them there is no figure."""
    assert outcome.failure is None, outcome
    if sandbox.accounts:
        assert outcome.cost.cpu_s >= seconds
    else:
        assert outcome.cost.cpu_s is None


@pytest.mark.parametrize("evasion", EVASIONS)
def test_processor_time_counts_whoever_used_it(
    make_host: MakeHost, ask: Ask, host_sandbox: Bubblewrap, evasion: str
) -> None:
    host = make_host(EVASIONS[evasion])
    idle = ask(host, seconds=0.0)
    check_measured(idle, 0.0, host_sandbox)
    check_measured(ask(host, seconds=0.6), 0.6, host_sandbox)


@pytest.mark.parametrize("evasion", EVASIONS)
def test_processor_time_is_not_measured_without_control_groups(
    sampled: MakeHost, ask: Ask, quick: CallLimits, evasion: str
) -> None:
    outcome = ask(sampled(EVASIONS[evasion], quick), seconds=0.3)
    assert outcome.failure is None
    assert outcome.cost.cpu_s is None
    assert outcome.cost.wall_s > 0


def test_without_control_groups_the_run_time_alone_is_limited(
    sampled: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    host = sampled("def f(data):\n    while True: pass", replace(quick, cpu_s=0.1, timeout_s=0.5))
    outcome = ask(host)
    assert outcome.failure.verdict is Verdict.TIMEOUT
    assert outcome.failure.message == "The algorithm took longer than the limit of 0.5 s."
    assert outcome.cost.cpu_s is None


def test_memory_of_a_process_without_a_parent_counts(
    make_host: MakeHost, sampled: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    source = f"""
        import os, time

        def f(data):
            reading, writing = os.pipe()
            if os.fork() == 0:
                if os.fork() == 0:
                    os.setsid()
                    kept = b"x" * {100 * MIB}
                    time.sleep(0.3)
                os._exit(0)
            os.close(writing)
            os.wait()
            os.read(reading, 1)
    """
    for host in (make_host(source), sampled(source, quick)):
        assert ask(host).cost.peak_memory_bytes > 100 * MIB


def test_a_call_that_never_began_has_no_costs(make_host: MakeHost, ask: Ask) -> None:
    host = make_host("def f(data): return 1")
    host.cancel.set()
    cost = ask(host).cost
    assert (cost.wall_s, cost.cpu_s, cost.peak_memory_bytes) == (0.0, None, 0)
