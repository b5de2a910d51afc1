"""Nothing that a test started outlives the tests, however they end."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.tied import tied

TESTS = Path(__file__).parents[1]
# Each line names a process; the first is started by a thread, which has ended when it is named.
STARTER = f"""
import subprocess, sys, threading, time
sys.path.insert(0, {str(TESTS)!r})
from services.tied import tied

def start(*command, **options):
    print(tied(subprocess.Popen(command, **options)).pid, flush=True)

thread = threading.Thread(target=start, args=("sleep", "600"))
thread.start()
thread.join()
# A shell that waits, and ignores what a terminal would send, leads a group with another process.
start("sh", "-c", "trap '' HUP TERM INT; sleep 600 & echo $!; wait", process_group=0)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_tests_started_ends_when_they_are_killed():
    command = [sys.executable, "-c", STARTER]
    with tied(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as starter:
        started = [int(starter.stdout.readline()) for _ in range(3)]
        assert all(map(is_running, started))
        starter.kill()
    deadline = time.monotonic() + 120
    while any(map(is_running, started)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def loose(text: str) -> list[int]:
    """Lines at which a process is started that nobody waits for, and that is not tied."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    tied_ones = {
        id(argument)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "tied"
        for argument in call.args
    }
    started = [call for call in calls if ast.unparse(call.func) in ("Popen", "subprocess.Popen")]
    return [call.lineno for call in started if id(call) not in tied_ones]


def test_every_process_of_a_test_is_tied_to_it():
    # What runs in a sandbox ends with it, and the guardian ends with the tests by itself.
    exempt = {TESTS / "services" / "tied.py", *TESTS.rglob("attacks/*.py")}
    texts = {path: path.read_text() for path in {*TESTS.rglob("*.py")} - exempt}
    found = {path: loose(text) for path, text in texts.items() if "Popen(" in text}
    assert len(found) > 10
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("tied(subprocess.Popen(['true']))", []),
        ("with subprocess.Popen(['true']) as one:\n    tied(one)", [1]),
        ("a = tied(Popen([]))\nb = Popen([])", [2]),
    ],
)
def test_a_process_that_is_not_tied_is_found(text, lines):
    assert loose(text) == lines
