import errno
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from valhub.server import children
from valhub.server.children import Child
from valhub.server.up import supervise

MODULE = """
import os, signal, sys, time
with open({note!r}, "a") as file:
    print(os.getpid(), file=file)
{rest}
"""
Made = Callable[[str], Child]


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """Where every start of the child leaves a line."""
    return tmp_path / "starts"


@pytest.fixture
def child(tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """Makes a child that runs this code."""
    made: list[Child] = []

    def make(rest: str) -> Child:
        (tmp_path / "played.py").write_text(MODULE.format(note=str(note), rest=rest))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        made.append(Child("player", ["played"]))
        return made[-1]

    yield make
    for one in made:
        one.ask_to_stop()
        one.wait(time.monotonic())


def starts(note: Path) -> int:
    return len(note.read_text().splitlines()) if note.exists() else 0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def supervised(child: Child, until: Callable[[], bool]) -> None:
    stop = threading.Event()
    waiting = threading.Thread(target=lambda: (wait_for(until), stop.set()))
    waiting.start()
    supervise([child], stop)
    waiting.join()


def test_a_child_that_ends_is_started_again_and_it_is_said(
    child: Made, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervised(child("sys.exit(3)"), lambda: starts(note) >= 2)
    assert "The player ended with status 3; starting it again in 0.25 s." in capsys.readouterr().err


def test_a_machine_without_memory_for_a_process_ends_no_supervisor(
    child: Made, note: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = child("sys.exit(3)")
    popen, refused = subprocess.Popen, []

    def refusing(*given: object, **named: object) -> object:
        if starts(note) == 1 and not refused:
            refused.append(given)
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return popen(*given, **named)

    monkeypatch.setattr(children.subprocess, "Popen", refusing)
    supervised(one, lambda: starts(note) >= 2)
    said = "The player cannot be started (Cannot allocate memory); starting it again in 0.5 s."
    assert said in capsys.readouterr().err


def test_a_child_that_is_killed_is_told_by_the_signal(
    child: Made, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervised(child("os.kill(os.getpid(), signal.SIGKILL)"), lambda: starts(note) >= 2)
    assert "The player was ended by SIGKILL" in capsys.readouterr().err


def test_the_pauses_grow_up_to_a_limit(
    child: Made, note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(children, "LONGEST_PAUSE_S", 0.5)
    supervised(child("sys.exit(1)"), lambda: starts(note) >= 4)
    told = capsys.readouterr().err
    assert told.count("in 0.25 s.") == 1
    assert told.count("in 0.5 s.") >= 2


def test_a_child_that_was_well_for_long_is_started_again_soon(
    child: Made, note: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(children, "WELL_S", 0.0)
    supervised(child("sys.exit(1)"), lambda: starts(note) >= 3)
    assert capsys.readouterr().err.count("in 0.25 s.") >= 2


def test_a_child_that_ignores_the_order_is_ended_at_the_deadline(
    child: Made, note: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    stubborn = child(f"{ignore}; print('ignoring', file=open({str(note)!r}, 'a')); time.sleep(60)")
    stubborn.start()
    wait_for(lambda: starts(note) == 2)
    stubborn.ask_to_stop()
    stubborn.wait(time.monotonic() + 0.3)
    assert "The player did not stop in time" in capsys.readouterr().err
