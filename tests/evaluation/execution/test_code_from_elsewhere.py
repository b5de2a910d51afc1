"""Code that works on its author's machine: what it reads, writes and starts works here as well."""

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
from valhub.evaluation.execution.sandbox.interface import MIB
from valhub.evaluation.results import Verdict

Ask = Callable[..., Outcome]
MakeHost = Callable[..., Host]

PATIENT = CallLimits(timeout_s=20)

WORKS = {
    "a file in the working folder": """
        def f(data):
            with open("debug.csv", "w") as file:
                file.write("a,b")
            return open("debug.csv").read() == "a,b"
    """,
    "a folder for results": """
        import os
        def f(data):
            os.makedirs("results/figures")
            open("results/figures/a.txt", "w").close()
            os.rename("results", "old")
            return os.listdir("old") == ["figures"]
    """,
    "a folder of its own, to write in": """
        import os
        def f(data):
            open("model/fitted.json", "w").close()
            return sorted(os.listdir("model")) == ["fitted.json", "weights.json"]
    """,
    "a model beside the code": """
        import importlib.resources, json, pathlib, pkgutil
        AT_IMPORT = json.load(open("model/weights.json"))

        def f(data):
            here = pathlib.Path(__file__).parent
            texts = [
                open("model/weights.json").read(),
                (here / "model" / "weights.json").read_text(),
                pkgutil.get_data("submission", "model/weights.json").decode(),
                importlib.resources.files("submission").joinpath("model/weights.json").read_text(),
            ]
            return all(json.loads(text) == AT_IMPORT == {"w": 1} for text in texts)
    """,
    "a home": """
        import getpass, os, pathlib
        def f(data):
            os.makedirs(os.path.expanduser("~/.cache/tool"))
            (pathlib.Path.home() / ".rc").write_text("1")
            return getpass.getuser() == os.environ["USER"] == "algorithm"
    """,
    "a locale and a time zone": """
        import datetime, locale, sys
        def f(data):
            locale.setlocale(locale.LC_ALL, "")
            local = datetime.datetime.now().astimezone().tzname()
            return (local, locale.getpreferredencoding(), sys.stdout.encoding) == (
                "UTC", "UTF-8", "utf-8")
    """,
    "spawn and forkserver": """
        import multiprocessing

        def double(x):
            return 2 * x

        def f(data):
            results = []
            for method in ("spawn", "forkserver"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    results += pool.map(double, [1, 2])
            return results == [2, 4, 2, 4]
    """,
    "an interpreter of its own": """
        import subprocess, sys
        CODE = "import library, helper, submission.helper; exit(library.ANSWER)"

        def f(data):
            flags = subprocess._args_from_interpreter_flags()
            codes = [subprocess.run([*command, "-c", CODE]).returncode for command in (
                [sys.executable], [sys.executable, *flags], ["python3"])]
            return codes == [42, 42, 42]
    """,
    "flags to look at": """
        import sys
        def f(data):
            return [sys.flags.isolated, sys.flags.no_site, sys.flags.optimize] == [0, 0, 0]
    """,
    "an alarm and an event loop": """
        import asyncio, signal, time
        def f(data):
            seen = []
            signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            time.sleep(0.2)
            asyncio.run(asyncio.sleep(0))
            return seen == [1]
    """,
    "warnings as errors": """
        import warnings
        warnings.simplefilter("error")
        def f(data):
            return True
    """,
    "a command line at import": """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--n", type=int, default=3)
        ARGUMENTS = parser.parse_args()
        def f(data):
            return ARGUMENTS.n == 3
        if __name__ == "__main__":
            raise SystemExit(1)
    """,
    "closed output": """
        import os, sys
        sys.stdout = open(os.devnull, "w")
        def f(data):
            sys.stdout.close()
            sys.stderr = None
            os.close(1)
            return True
    """,
    "a package below src": """
        import os, sys
        sys.path.append(os.path.join(os.path.dirname(__file__), "src"))
        from tool.core import ANSWER
        def f(data):
            return ANSWER == 42
    """,
}


@pytest.fixture
def make_elsewhere(
    make_program: Callable[..., Program], host_sandbox: Bubblewrap, tmp_path: Path
) -> Callable[..., Host]:
    """Make a host of an algorithm with a model, a helper, a src folder and a library."""
    files = {
        "code/model/weights.json": '{"w": 1}',
        "code/helper.py": "",
        "code/src/tool/__init__.py": "",
        "code/src/tool/core.py": "from .numbers import ANSWER",
        "code/src/tool/numbers.py": "ANSWER = 42",
        "packages/library.py": "ANSWER = 42",
    }

    def make(source: str) -> Host:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Host(host_sandbox, make_program(source, packages=tmp_path / "packages"), PATIENT)

    return make


@pytest.mark.parametrize("what", WORKS)
def test_what_works_elsewhere_works_in_every_call(
    make_elsewhere: MakeHost, ask: Ask, what: str
) -> None:
    with make_elsewhere(WORKS[what]) as host:
        outcomes = [ask(host), ask(host)]
    assert [(outcome.failure, outcome.answer) for outcome in outcomes] == [(None, True)] * 2


@pytest.mark.parametrize("name", ["types", "json", "signal", "socket", "random"])
def test_a_module_that_hides_pythons_own_does_not_stop_the_algorithms_children(
    make_host: MakeHost, ask: Ask, tmp_path: Path, name: str
) -> None:
    host = make_host("""
        import subprocess, sys
        def f(data):
            return subprocess.run([sys.executable, "-c", "exit(42)"]).returncode
    """)
    (tmp_path / "code" / f"{name}.py").write_text("MINE = 1\n")
    assert ask(host).answer == 42


HINTS = {
    "open(__file__, 'a')": "Write to a new file in the working folder, or in /tmp.",
    "open('submission_wrapper.py', 'a')": "Write to a new file in the working folder, or in /tmp.",
    "from statistics import mean": "statistics.py: Python has a module of this name, which the",
    "import colorsys; colorsys.rgb_to_hsv": "statistics.py: Python has a module of this name, whi",
    "1 / 0": "raised ZeroDivisionError: division by zero.",
}


@pytest.mark.parametrize("deed", HINTS)
def test_an_exception_that_does_not_explain_itself_comes_with_its_fix(
    make_host: MakeHost, ask: Ask, tmp_path: Path, deed: str
) -> None:
    host = make_host(f"def f(data):\n    {deed}\n")
    (tmp_path / "code/statistics.py").write_text("")
    (tmp_path / "code/colorsys.py").write_text("import statistics; statistics.mean\n")
    failure = ask(host).failure
    assert failure.verdict is Verdict.ERROR
    assert HINTS[deed] in failure.message
    hidden = ask(host, reveal=False).failure
    assert hidden.message == failure.message.partition(":")[0] + "."


def test_a_deep_recursion_is_reported_in_short(
    make_host: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    source = """
        import sys
        sys.setrecursionlimit(100_000)
        def f(data, n=0):
            return f(data, n + 1)
    """
    failure = ask(make_host(source, replace(quick, timeout_s=60, memory_bytes=512 * MIB))).failure
    assert failure.message.startswith("The algorithm raised RecursionError: maximum recursion")
    assert failure.traceback.startswith("Traceback (most recent call last):")
    assert len(failure.traceback) < 1_000


def test_many_prints_are_cut_and_the_answer_counts(
    make_host: MakeHost, ask: Ask, quick: CallLimits
) -> None:
    source = "def f(data):\n    for _ in range(400_000): print('x' * 99)\n    return data"
    limits = replace(quick, log_bytes=CallLimits.log_bytes, timeout_s=60)
    outcome = ask(make_host(source, limits), 7)
    assert outcome.answer == 7
    assert outcome.logs.endswith("[39999000 more bytes were printed]")


def test_of_a_tree_of_many_files_the_top_is_linked(
    make_host: MakeHost, ask: Ask, tmp_path: Path
) -> None:
    source = "import os\ndef f(data): return [len(os.listdir()), open('many/599/a').read()]"
    host = make_host(textwrap.dedent(source))
    for number in range(600):
        folder = tmp_path / "code/many" / str(number)
        folder.mkdir(parents=True)
        (folder / "a").write_text(str(number))
    assert [ask(host).answer for _ in range(2)] == [[2, "599"]] * 2
