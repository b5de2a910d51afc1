"""Threads, processes and files that an import leaves: every call has its own, and is not slowed."""

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.execution.host import Host
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.execution.outcome import Outcome
from valhub.evaluation.execution.program import Program
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

THREAD = (
    "import threading, time; threading.Thread(target=time.sleep, args=(999,), daemon=True).start()"
)
LEFT_BEHIND = {
    "a pool of threads": """
        from concurrent.futures import ThreadPoolExecutor
        POOL = ThreadPoolExecutor(1)
        POOL.submit(abs, 1).result()

        def f(data):
            return POOL.submit(abs, data).result()
    """,
    "a thread that answers through a queue": """
        import queue, threading
        asked, answers = queue.Queue(), queue.Queue()

        def work():
            while True:
                answers.put(abs(asked.get()))

        threading.Thread(target=work, daemon=True).start()

        def f(data):
            asked.put(data)
            return answers.get()
    """,
    "a manager's process": """
        import multiprocessing
        MANAGER = multiprocessing.Manager()
        NUMBERS = MANAGER.list()

        def f(data):
            NUMBERS.append(abs(data))
            return NUMBERS[0]
    """,
    "a temporary file": """
        import pathlib, tempfile
        FOLDER = pathlib.Path(tempfile.mkdtemp())
        (FOLDER / "power").write_text("1")

        def f(data):
            text = (FOLDER / "power").read_text()
            (FOLDER / "power").write_text("2")
            return abs(data) ** int(text)
    """,
    "a program that goes on running": """
        import pathlib, subprocess
        PID = subprocess.Popen(["sleep", "60"]).pid

        def f(data):
            return abs(data) if pathlib.Path(f"/proc/{PID}/cmdline").read_bytes() else None
    """,
    "a file without a name": """
        import tempfile
        FILE = tempfile.TemporaryFile()

        def f(data):
            FILE.write(b"x")
            FILE.seek(0)
            return abs(data) if FILE.read() == b"x" else None
    """,
    "a log in the working folder": """
        import logging
        logging.basicConfig(filename="run.log")

        def f(data):
            logging.warning("asked for %s", data)
            return abs(data) if len(open("run.log").readlines()) == 1 else None
    """,
}


@pytest.mark.parametrize("what", LEFT_BEHIND)
def test_what_an_import_leaves_is_there_in_every_call(
    make_host: MakeHost, ask: Ask, what: str
) -> None:
    host = make_host(LEFT_BEHIND[what])
    outcomes = [ask(host, number) for number in (-7, -8, -9)]
    assert [outcome.failure for outcome in outcomes] == [None] * 3
    assert [outcome.answer for outcome in outcomes] == [7, 8, 9]


NOTHING_LEFT = {
    "threads that have been joined": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(abs, range(100)))
    """,
    "a process that has ended": "import subprocess; subprocess.run(['true'])",
    "settings and caches": """
        import os, pathlib
        for name in ("~/.config/tool", "~/.cache/fonts", os.environ["MPLCONFIGDIR"]):
            pathlib.Path(name).expanduser().mkdir(parents=True)
    """,
}


@pytest.mark.parametrize("what", NOTHING_LEFT)
def test_an_import_that_a_fork_carries_happens_once(
    make_host: MakeHost, ask: Ask, what: str
) -> None:
    stamp = "\nimport time\nIMPORTED = time.monotonic()\ndef f(data): return IMPORTED\n"
    host = make_host(textwrap.dedent(NOTHING_LEFT[what]) + stamp)
    assert ask(host).answer == ask(host).answer


def test_each_call_imports_anew_and_knows_nothing_of_the_others(
    make_host: MakeHost, ask: Ask
) -> None:
    source = f"""
        {THREAD}
        import os
        IMPORTED, seen = time.monotonic(), []

        def f(data):
            found = [*seen, os.listdir("/tmp"), os.listdir("/dev/shm"), "SEEN" in os.environ]
            seen.append(data)
            os.environ["SEEN"] = "1"
            open("/tmp/seen", "w").close()
            open("seen", "w").close()
            return [IMPORTED, found, sorted(os.listdir())]
    """
    host = make_host(source)
    (first, *found), (second, *found_then) = ask(host, 1).answer, ask(host, 2).answer
    assert found == found_then == [[[], [], False], ["seen", "submission_wrapper.py"]]
    assert first < second


@pytest.mark.slow
def test_importing_anew_is_not_the_calls_own_time(
    make_host: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    source = f"{THREAD}\ntime.sleep(1.5)\ndef f(data): return data"
    host = make_host(source, replace(quick, timeout_s=1, import_s=20))
    assert [ask(host, number).answer for number in (1, 2)] == [1, 2]


FAILING = {
    "raise ValueError('secret')": "could not be imported: ValueError: secret.",
    "os._exit(0)": "import ended its process, so there is no function to call.",
    "time.sleep(60)": "import took longer than the limit of 2 s.",
    "del f": "could not be imported: AttributeError",
}


@pytest.mark.slow
@pytest.mark.parametrize("deed", FAILING)
def test_an_import_that_fails_only_in_a_call_says_so(
    make_host: MakeHost, ask: Ask, quick: CallLimits, tmp_path: Path, deed: str
) -> None:
    flag = tmp_path / "code/flag"
    # The working folder shows what was there when the guest started; the code's own does not.
    found = "os.path.exists(os.path.dirname(__file__) + '/flag')"
    source = f"def f(data): return data\n{THREAD}\nimport os\nif {found}: {deed}"
    host = make_host(source, replace(quick, import_s=2))
    assert ask(host, 1).answer == 1
    flag.touch()
    outcome = ask(host, 2)
    flag.unlink()
    assert not outcome.never_ran
    assert FAILING[deed] in outcome.failure.message
    assert ask(host, 3).answer == 3


def test_an_import_that_fails_on_a_hidden_file_shows_nothing_of_it(
    make_host: MakeHost, ask: Ask, tmp_path: Path
) -> None:
    source = f"""
        import os
        def f(data): return data
        {THREAD}
        if os.path.exists(os.path.dirname(__file__) + "/flag"):
            print("secret", flush=True)
            raise ValueError("secret".upper())
    """
    host = make_host(source)
    assert ask(host, 1, reveal=False).answer == 1
    (tmp_path / "code/flag").touch()
    outcome = ask(host, 1, reveal=False)
    assert outcome.failure.verdict is Verdict.ERROR
    assert outcome.failure.message == "The algorithm could not be imported: ValueError."
    assert (
        outcome.failure.traceback == 'submission_wrapper.py:7: raise ValueError("secret".upper())'
    )
    assert outcome.logs == ""


@pytest.fixture
def libraries(tmp_path: Path) -> Path:
    """A package folder with a library that starts no thread, and one that does."""
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "quiet.py").write_text("import time\nIMPORTED = time.monotonic()\n")
    (folder / "threaded.py").write_text(f"{THREAD}\nIMPORTED = time.monotonic()\n")
    return folder


def test_libraries_are_imported_once_unless_they_start_threads(
    make_program: Callable[..., Program], host_sandbox: Bubblewrap, ask: Ask, libraries: Path
) -> None:
    source = """
        import quiet, threaded
        def f(data): return [quiet.IMPORTED, threaded.IMPORTED]
    """
    program = make_program(source, packages=libraries)
    with Host(host_sandbox, program, CallLimits(import_s=20)) as host:
        first, second = ask(host).answer, ask(host).answer
    assert first[0] == second[0]
    assert first[1] < second[1]


def test_what_a_library_does_late_does_not_stop_the_next_call(
    make_program: Callable[..., Program], host_sandbox: Bubblewrap, ask: Ask, libraries: Path
) -> None:
    source = "def f(data):\n    import threaded\n    return len(threaded.threading.enumerate())"
    program = make_program(source, packages=libraries)
    with Host(host_sandbox, program, CallLimits(import_s=20)) as host:
        assert [ask(host).answer for _ in range(3)] == [2, 2, 2]


def test_a_file_that_a_program_would_inherit_does_not_lead_from_call_to_call(
    make_host: MakeHost, ask: Ask
) -> None:
    source = f"""
        {THREAD}
        import os
        WAS_OPEN = os.path.exists("/proc/self/fd/200")
        os.dup2(os.pipe()[1], 200, inheritable=True)

        def f(data):
            return WAS_OPEN
    """
    host = make_host(source)
    assert [ask(host).answer, ask(host).answer] == [False, False]


def test_words_about_arguments_are_not_shown_once_a_hidden_file_was_inside(
    make_host: MakeHost, ask: Ask
) -> None:
    source = f"""
        {THREAD}
        import sys
        from pathlib import Path

        guest = sys.modules["valhub_guest.main"]

        def refuse(*_):
            raise guest.UnusableArguments("0.125")

        # What is imported first is the guest; it starts anew, and its children import this again.
        if len(Path("/proc/self/cmdline").read_bytes().split(b"\\0")) > 8:
            guest._check_arguments = refuse

        def f(data):
            return data
    """
    failure = ask(make_host(source), reveal=False).failure
    assert failure is not None
    assert "0.125" not in failure.message
    assert "0.125" in ask(make_host(source)).failure.message
