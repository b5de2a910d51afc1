"""A run that is killed leaves no process, control group, mount or file; the next one works."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.tied import tied
from valhub.evaluation.execution.sandbox import cgroups, rundir
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap

DRIVER = Path(__file__).with_name("killed_run.py")


@contextmanager
def running(attacks: Path, what: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, DRIVER, attacks, what]
    with tied(subprocess.Popen(command, stdout=subprocess.PIPE)) as driver:
        try:
            yield driver
        finally:
            driver.kill()


def kill_run(attacks: Path, what: str, after_s: float, *, janitor: bool = False) -> Path:
    """Kill a run after so many seconds in its step; returns the folder it had."""
    with running(attacks, what) as driver:
        folder, janitor_pid = driver.stdout.readline().split()
        if what == "call":
            driver.stdout.readline()
        time.sleep(after_s)
        if janitor:
            os.kill(int(janitor_pid), signal.SIGKILL)
        driver.kill()
    return Path(os.fsdecode(folder))


def groups_of(run: Path) -> list[Path]:
    hierarchy = cgroups.detect()
    trees = hierarchy.parents if hierarchy else ()
    return [group for tree in trees for group in tree.glob(f"{run.name}-*")]


def processes_of(run: Path, attacks: Path, seen_by) -> list[int]:
    """Processes that see the attacks, or were started with the run's name, as janitors are."""
    found = seen_by(attacks)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if run.name.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.fixture
def left(attacks, processes_that_see):
    """What is left of a run, once it has had the time to go."""

    def left(run: Path) -> list[object]:
        deadline = time.monotonic() + 30
        while True:
            found = [*groups_of(run), *processes_of(run, attacks, processes_that_see)]
            found += [run] if run.exists() else []
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    return left


@pytest.mark.parametrize("what", ["import", "call"])
def test_a_run_killed_in_a_step_leaves_nothing(attacks, left, what):
    assert left(kill_run(attacks, what, 0.3)) == []


# Until long after the first one has started: while it starts, when it runs, and all between.
BETWEEN = (0.0, 0.01, 0.04, 0.1, 0.2, 0.4)


@pytest.mark.parametrize(
    "after_s",
    [0.02, 0.3, *(pytest.param(after_s, marks=pytest.mark.slow) for after_s in BETWEEN)],
)
def test_a_run_killed_while_sandboxes_start_and_end_leaves_nothing(attacks, left, after_s):
    assert left(kill_run(attacks, "start", after_s)) == []


def test_a_second_run_works(attacks, left):
    kill_run(attacks, "call", 0.1)
    with running(attacks, "once") as driver:
        run = Path(os.fsdecode(driver.stdout.readline().split()[0]))
        assert driver.stdout.read() == b"499500\n"
        assert driver.wait(120) == 0
    assert left(run) == []


def test_a_run_killed_with_its_janitor_is_swept_by_the_next(attacks, left):
    run = kill_run(attacks, "call", 0.1, janitor=True)
    assert run.exists()  # The control: without a janitor something does stay.
    Bubblewrap.open().close()
    assert left(run) == []


def test_control_a_living_run_is_left_alone_by_the_next(attacks, left):
    with running(attacks, "call") as driver:
        run = Path(os.fsdecode(driver.stdout.readline().split()[0]))
        driver.stdout.readline()
        Bubblewrap.open().close()
        assert run.exists()
        assert bool(groups_of(run)) == (cgroups.detect() is not None)
        assert driver.poll() is None
    assert left(run) == []


@contextmanager
def stray(folder: Path, run: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process as a sandbox is before it has come up: killed just then, it has lost its parent."""
    program = folder / "bwrap"
    program.symlink_to("/usr/bin/sleep")
    with tied(subprocess.Popen([f"bwrap {run}", "60"], executable=program)) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("with_janitor", [True, False])
def test_a_sandbox_that_had_not_come_up_is_ended(attacks, tmp_path, left, with_janitor):
    with running(attacks, "call") as driver:
        folder, janitor = driver.stdout.readline().split()
        run = Path(os.fsdecode(folder))
        with stray(tmp_path, run.name) as process:
            if not with_janitor:
                os.kill(int(janitor), signal.SIGKILL)
            driver.kill()
            driver.wait()
            if not with_janitor:
                Bubblewrap.open().close()
            assert process.wait(120) == -signal.SIGKILL
    assert left(run) == []


def test_control_a_sandbox_of_another_run_goes_on(tmp_path):
    with stray(tmp_path, "valhub-run-another") as process:
        Bubblewrap.open().close()
        assert process.poll() is None


def test_folders_of_others_with_such_a_name_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(rundir.tempfile, "gettempdir", lambda: str(tmp_path))
    names = ("valhub-run-x-y-z", "valhub-run-", "valhub-run-99999999999-1-a", "valhub-runner")
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / "valhub-run-4000000-1-gone").mkdir()
    rundir.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_link_with_such_a_name_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(rundir.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "precious").mkdir()
    (tmp_path / "tmp/valhub-run-4000000-1-link").symlink_to(tmp_path / "precious")
    rundir.sweep()
    assert (tmp_path / "precious").exists()
