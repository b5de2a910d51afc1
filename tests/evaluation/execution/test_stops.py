"""Time in which a host or a sandbox is stopped is not the algorithm's, unless it stops itself."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from services.tied import tied
from tests.evaluation.execution.at_work import (
    GATE,
    WAITS,
    Processes,
    is_alive,
    own_processes,
    processes_at_work,
    wait_until,
)
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Doubt, Outcome
from valhub.evaluation.execution.sandbox import Bind
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.bubblewrap_process import BubblewrapProcess
from valhub.evaluation.execution.sandbox.interface import Stopped
from valhub.evaluation.execution.ticks import GAP_S
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

WAITING = f"""
    {WAITS}

    def f(data):
        wait()
        return data
"""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Stopped]:
    """What the host sees each time that it looks for stopped processes."""
    found: list[Stopped] = []
    look = BubblewrapProcess.stopped

    def stopped(process: BubblewrapProcess) -> Stopped:
        found.append(look(process))
        return found[-1]

    monkeypatch.setattr(BubblewrapProcess, "stopped", stopped)
    return found


@contextmanager
def alongside(work: Callable[[], None]) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


STOPS = {
    "nothing": ((), Doubt.NONE),
    "the child": (("child",), Doubt.EITHER),
    "the guest": (("guest",), Doubt.EITHER),
    "the first process": (("inner",), Doubt.OUTSIDE),
    "the whole sandbox": (("outermost", "inner", "guest", "child"), Doubt.OUTSIDE),
}


@pytest.mark.parametrize("stopped", STOPS)
def test_a_sandbox_that_is_stopped_for_a_while_answers_without_that_run_time(
    make_host: MakeHost, ask: Ask, quick: CallLimits, gate: Path, host_sandbox: Bubblewrap,
    seen: list[Stopped], caplog: pytest.LogCaptureFixture, stopped: str,
) -> None:  # fmt: skip
    names, interrupted = STOPS[stopped]
    run = host_sandbox.rundir.name.encode()

    def stop() -> None:
        found = at_work(lambda: own_processes(run))
        signal_all([getattr(found, name) for name in names], signal.SIGSTOP)
        looks = len(seen)
        wait_until(lambda: len(seen) > looks + 2)
        signal_all([getattr(found, name) for name in names], signal.SIGCONT)
        (gate / "open").touch()

    host = make_host(WAITING, replace(quick, timeout_s=3600), binds=(Bind(gate, GATE),))
    with alongside(stop):
        outcome = ask(host, 7)
    assert (outcome.answer, outcome.failure) == (7, None)
    # What the algorithm could have done itself is repeated, and measured then.
    assert caplog.text.count("call_repeated") == (interrupted is Doubt.EITHER)
    assert (outcome.cost.run_time_s is None) is (interrupted is Doubt.OUTSIDE)
    assert ask(host, 8).cost.interrupted is Doubt.NONE


@pytest.mark.parametrize("stopped", ["nothing", "the child", "the whole sandbox"])
def test_a_timeout_of_a_stopped_sandbox_is_repeated(
    make_host: MakeHost, ask: Ask, quick: CallLimits, gate: Path, host_sandbox: Bubblewrap,
    stopped: str,
) -> None:  # fmt: skip
    names, _ = STOPS[stopped]
    run = host_sandbox.rundir.name.encode()

    def stop() -> None:
        found = at_work(lambda: own_processes(run))
        signal_all([getattr(found, name) for name in names], signal.SIGSTOP)
        wait_until(lambda: not is_alive(found.inner))
        (gate / "open").touch()

    host = make_host(WAITING, replace(quick, timeout_s=2), binds=(Bind(gate, GATE),))
    with alongside(stop):
        outcome = ask(host, 7)
    if names:
        assert (outcome.answer, outcome.failure) == (7, None)
    else:
        assert outcome.failure.verdict is Verdict.TIMEOUT


PAUSES = """
    import os, signal, time

    def f(data):
        stopped = os.getpid()
        if os.fork() == 0:
            while "T" != open(f"/proc/{stopped}/stat").read().rpartition(")")[2].split()[0]:
                time.sleep(0.01)
            time.sleep(0.8)
            os.kill(stopped, signal.SIGCONT)
            os._exit(0)
        os.kill(stopped, signal.SIGSTOP)
        os.wait()
        return data
"""


@pytest.mark.parametrize("timed", [False, True])
def test_an_algorithm_that_pauses_itself_takes_as_long_as_it_takes(
    make_host: MakeHost, ask: Ask, quick: CallLimits, caplog: pytest.LogCaptureFixture,
    *, timed: bool,
) -> None:  # fmt: skip
    outcome = ask(make_host(PAUSES, quick, timed=timed), 7)
    assert outcome.answer == 7
    assert outcome.cost.run_time_s is not None
    assert outcome.cost.run_time_s > 0.8
    assert caplog.text.count("call_repeated") == 1


def at_work(find: Callable[[], Processes | None]) -> Processes:
    found: list[Processes] = []

    def look() -> bool:
        one = find()
        found.extend([one] if one else [])
        return bool(found)

    wait_until(look)
    return found[0]


def signal_all(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


# A host of its own process, which can be stopped: it asks as often as it is given numbers.
HOST = """
    import json, sys
    from dataclasses import asdict
    from pathlib import Path
    from valhub.evaluation.execution.environments import find_interpreter
    from valhub.evaluation.execution.host import Host
    from valhub.evaluation.execution.limits import CallLimits
    from valhub.evaluation.execution.program import Program
    from valhub.evaluation.execution.sandbox import Bind
    from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

    code, gate, data, timeout_s = sys.argv[1:]
    program = Program(
        Path(code), "submission.submission_wrapper", "f", find_interpreter(),
        binds=(Bind(Path(gate), "/gate"),),
    )
    with Bubblewrap.open() as sandbox:
        with Host(sandbox, program, CallLimits(timeout_s=float(timeout_s))) as host:
            outcome = host.call({"kind": "call", "keywords": {}}, Path(data))
    failure = outcome.failure and outcome.failure.verdict
    run_time_s = outcome.cost.run_time_s
    print(json.dumps([outcome.answer, failure, run_time_s is not None]))
"""


@pytest.fixture
def host_process(tmp_path: Path, gate: Path) -> Iterator[Callable[[float], subprocess.Popen[str]]]:
    code, data = tmp_path / "code", tmp_path / "data.frame"
    code.mkdir()
    (code / "submission_wrapper.py").write_text(textwrap.dedent(WAITING))
    with data.open("wb") as file:
        wire.write_value(file, 7)
    started: list[subprocess.Popen[str]] = []

    def start(timeout_s: float) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", textwrap.dedent(HOST), code, gate, data, str(timeout_s)]
        started.append(tied(subprocess.Popen(words, stdout=subprocess.PIPE, text=True)))
        return started[-1]

    yield start
    for process in started:
        signal_all([process.pid], signal.SIGCONT)
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize("stopped", ["nothing", "the host", "the whole tree"])
@pytest.mark.parametrize("times_out", [False, True], ids=["answers", "times out"])
def test_a_gap_of_the_host_is_not_the_algorithms(
    host_process: Callable[[float], subprocess.Popen[str]], gate: Path, stopped: str,
    *, times_out: bool,
) -> None:  # fmt: skip
    process = host_process(2 if times_out else 3600)
    found = at_work(lambda: processes_at_work(process.pid))
    pids = {
        "nothing": [],
        "the host": [process.pid],
        "the whole tree": [process.pid, *found.all],
    }[stopped]
    signal_all(pids, signal.SIGSTOP)
    # Whatever a busy machine adds makes the gap longer, never shorter.
    threading.Event().wait(GAP_S + 0.5 if pids else 0)
    if not times_out:
        (gate / "open").touch()
    signal_all(pids, signal.SIGCONT)
    if times_out:
        wait_until(lambda: not is_alive(found.inner))
        (gate / "open").touch()
    answer, verdict, is_timed = json.loads(process.communicate()[0])
    if times_out and not pids:
        assert (answer, verdict) == (None, Verdict.TIMEOUT)
    else:
        # A repeat has a run time of its own.
        assert (answer, verdict, is_timed) == (7, None, times_out or not pids)
