"""One call knows nothing of another, and each one's costs are its own."""

import signal
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]


def test_nothing_that_a_call_changes_is_there_in_the_next(make_host: MakeHost, ask: Ask) -> None:
    source = """
        import builtins, json, os, pathlib

        seen = []
        FILES = [pathlib.Path("/tmp/seen"), pathlib.Path("/dev/shm/seen")]

        def f(data):
            found = [len(seen), hasattr(builtins, "seen"), hasattr(json, "seen"),
                     "SEEN" in os.environ, os.getcwd(), *(path.exists() for path in FILES)]
            seen.append(1)
            builtins.seen = json.seen = True
            os.environ["SEEN"] = "1"
            os.chdir("/tmp")
            for path in FILES:
                path.write_text("seen")
            os.mkdir("/tmp/folder")
            return found
    """
    host = make_host(source)
    first, second = ask(host).answer, ask(host).answer
    assert first == [0, False, False, False, "/scratch", False, False]
    assert second == first


def test_the_algorithm_is_imported_once(make_host: MakeHost, ask: Ask) -> None:
    source = """
        import time
        imported = time.monotonic()

        def f(data):
            return imported
    """
    host = make_host(source)
    assert ask(host).answer == ask(host).answer


def test_a_sandbox_outlives_an_exception(make_host: MakeHost, ask: Ask) -> None:
    source = """
        import time
        imported = time.monotonic()

        def f(data):
            if data:
                raise ValueError(imported)
            return imported
    """
    host = make_host(source)
    message = ask(host, 1).failure.message
    assert str(ask(host).answer) in message


def test_processes_that_a_call_leaves_are_gone_before_the_next(
    make_host: MakeHost, ask: Ask
) -> None:
    source = """
        import os, time

        def f(data):
            found = sum(name.isdigit() for name in os.listdir("/proc"))
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(60)
                os._exit(0)
            return found
    """
    host = make_host(source)
    first = ask(host).answer
    assert [ask(host).answer for _ in range(3)] == [first] * 3


def test_an_algorithm_that_forks_answers_once(make_host: MakeHost, ask: Ask) -> None:
    source = """
        import multiprocessing, os

        def double(x):
            return 2 * x

        def f(data):
            with multiprocessing.get_context("fork").Pool(2) as pool:
                return pool.map(double, data)
    """
    assert ask(make_host(source), [1, 2, 3]).answer == [2, 4, 6]


def test_costs_are_those_of_the_call(
    make_host: MakeHost, ask: Ask, host_sandbox: Bubblewrap
) -> None:
    source = """
        import time

        def f(data, spin=0.0, sleep=0.0, size=0):
            kept = b"x" * size
            end = time.process_time() + spin
            while time.process_time() < end:
                pass
            time.sleep(sleep)
    """
    host = make_host(source)
    large = ask(host, size=100 * MIB).cost
    assert large.peak_memory_bytes > 100 * MIB
    busy = ask(host, spin=0.4).cost
    assert busy.peak_memory_bytes < 60 * MIB
    began = time.monotonic()
    asleep = ask(host, sleep=0.4).cost
    assert 0.4 <= asleep.wall_s <= time.monotonic() - began
    if host_sandbox.accounts:
        assert busy.cpu_s > 0.35
        assert large.cpu_s < busy.cpu_s
        assert asleep.cpu_s < busy.cpu_s / 2


def test_processor_time_of_the_calls_own_processes_counts(
    make_host: MakeHost, ask: Ask, host_sandbox: Bubblewrap
) -> None:
    source = """
        import subprocess, sys

        def f(data):
            code = "import time\\nwhile time.process_time() < 0.3: pass"
            subprocess.run([sys.executable, "-c", code], check=True)
    """
    cpu_s = ask(make_host(source)).cost.cpu_s
    assert cpu_s > 0.25 if host_sandbox.accounts else cpu_s is None


def test_a_failed_call_has_its_costs(
    make_host: MakeHost, ask: Ask, quick: CallLimits, host_sandbox: Bubblewrap
) -> None:
    host = make_host("def f(data):\n    while True: pass", replace(quick, timeout_s=0.5))
    began = time.monotonic()
    cost = ask(host).cost
    assert 0.5 <= cost.wall_s <= time.monotonic() - began
    assert cost.cpu_s > 0.05 if host_sandbox.accounts else cost.cpu_s is None
    assert cost.peak_memory_bytes > MIB


def test_prints_belong_to_their_call(make_host: MakeHost, ask: Ask) -> None:
    source = """
        import sys

        print("importing")

        def f(data):
            print("out", data)
            print("err", data, file=sys.stderr)
            sys.stdout.write(" end ")
    """
    host = make_host(source)
    for name in ("one", "two"):
        assert sorted(ask(host, name).logs.split()) == sorted(f"out {name} err {name} end".split())


def test_the_last_prints_of_a_hidden_call_do_not_show_in_the_next(
    make_host: MakeHost, ask: Ask
) -> None:
    source = """
        import os

        def f(data):
            if data:
                os.write(1, b"secret" * 10_000)
    """
    host = make_host(source)
    for _ in range(5):
        assert ask(host, 1, reveal=False).logs == ""
        assert ask(host, 0).logs == ""


def test_an_import_that_fails_later_does_not_show_a_hidden_calls_prints(
    make_host: MakeHost, ask: Ask, tmp_path
) -> None:
    source = "import os\nif os.path.exists('flag'): 1 / 0\n{}"
    body = "def f(data):\n    print('secret', flush=True)\n    os._exit(1)"
    host = make_host(source.format(body))
    assert ask(host, reveal=False).logs == ""
    (tmp_path / "code/flag").touch()
    outcome = ask(host, reveal=False)
    # It counts as having run: what the first call saw may have come to this import.
    assert not outcome.never_ran
    assert outcome.failure
    assert "division" not in outcome.failure.message
    assert outcome.logs == ""


@pytest.mark.parametrize("stream", ["None", "io.StringIO()", "open(os.devnull, 'w')"])
def test_an_algorithm_may_replace_its_output(make_host: MakeHost, ask: Ask, stream: str) -> None:
    source = f"""
        import io, os, sys

        def f(data):
            sys.stdout = sys.stderr = {stream}
            print("gone")
            return 1
    """
    assert ask(make_host(source)).answer == 1


def test_control_characters_are_shown_not_obeyed(make_host: MakeHost, ask: Ask) -> None:
    source = "def f(data): print('\\x1b[2J\\x07\\u202e', 'a\\r\\nb')"
    logs = ask(make_host(source)).logs
    assert "\x1b" not in logs
    assert logs.startswith("\ufffd[2J\ufffd\ufffd a\nb")


def test_the_algorithm_waits_while_nobody_calls(
    make_host: MakeHost, ask: Ask, host_sandbox: Bubblewrap
) -> None:
    host = make_host("def f(data):\n    return data")
    ask(host, 1)
    at_once = ask(host, 2).cost.cpu_s
    time.sleep(0.5)
    # A guest that spun meanwhile would have used half a second more.
    later = ask(host, 3).cost.cpu_s
    assert later < at_once + 0.25 if host_sandbox.accounts else (at_once, later) == (None, None)


def test_files_that_the_guest_was_kept_from_removing_are_not_there_in_the_next_call(
    make_host: MakeHost, ask: Ask
) -> None:
    source = """
        import pathlib, sys
        guest = sys.modules["valhub_guest.main"]
        guest._leave_nothing_behind = lambda: None
        guest.scratch.Links.make = lambda _: None

        def f(data):
            seen = pathlib.Path("/tmp/seen")
            before = seen.exists()
            seen.write_text("seen")
            return before
    """
    host = make_host(source)
    assert [ask(host).answer, ask(host).answer] == [False, False]


@pytest.mark.parametrize(
    "number",
    [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM],
    ids=lambda one: one.name,
)
def test_signals_that_the_worker_ignores_end_an_algorithm(
    make_host: MakeHost, ask: Ask, number: signal.Signals
) -> None:
    source = "import os, signal\n\ndef f(data):\n    os.kill(os.getpid(), data)\n    return data"
    before = signal.signal(number, signal.SIG_IGN)
    try:
        outcome = ask(make_host(source), int(number))
    finally:
        signal.signal(number, before)
    assert outcome.failure is not None
    assert outcome.failure.verdict is Verdict.ERROR
