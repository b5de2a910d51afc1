"""Workers as processes: launched, found again by their tags, ended."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from valhub.cloud.launchers import Instance, LaunchRefused
from valhub.cloud.launchers.local_process import LocalLauncher

# A worker that says how it was started, starts a helper of its own, and waits.
PLAYED = """
import pathlib, subprocess, sys, time
with subprocess.Popen(["sleep", "600"]):
    pathlib.Path({note!r}).write_text(" ".join(sys.argv[1:]))
    time.sleep(600)
"""
Made = Callable[..., LocalLauncher]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Made]:
    """Makes launchers of a hub, and ends what they launched."""
    made: list[LocalLauncher] = []

    def make(hub: str = "") -> LocalLauncher:
        played = PLAYED.format(note=str(tmp_path / "note"))
        command = (sys.executable, "-c", played)
        made.append(LocalLauncher(hub or str(tmp_path), 60, command=command))
        return made[-1]

    yield make
    for launcher in made:
        launcher.close()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def ids(instances: list[Instance]) -> set[str]:
    return {one.id for one in instances}


def test_a_worker_is_told_its_analysis_and_when_to_leave(make: Made, tmp_path: Path) -> None:
    make().launch(7, "token")
    wait_for((tmp_path / "note").exists)
    wait_for(lambda: (tmp_path / "note").read_text() == "--analysis=7 --idle-exit=60")


def test_who_did_not_launch_it_finds_a_worker_by_its_tags(make: Made, tmp_path: Path) -> None:
    launched = make().launch(7, "token")
    wait_for((tmp_path / "note").exists)  # Its helper has the tags too, and is not a worker.
    [found] = make().instances()
    assert (found.id, found.token, found.analysis_pk) == (launched, "token", 7)


def test_workers_are_found_by_analysis(make: Made) -> None:
    launcher = make()
    seven, eight = launcher.launch(7, "one"), launcher.launch(8, "two")
    # The kernel shows the tags of a process a moment after it has begun.
    wait_for(lambda: ids(launcher.instances()) == {seven, eight})
    assert ids(launcher.instances(8)) == {eight}


def test_another_hub_on_the_same_machine_is_left_alone(make: Made) -> None:
    make().launch(7, "token")
    assert make(hub="another").instances() == []


def test_a_worker_that_was_ended_is_not_found_any_more(make: Made) -> None:
    launcher = make()
    launcher.end(launcher.launch(7, "token"))
    wait_for(lambda: not launcher.instances())


def test_a_process_that_took_over_the_number_is_not_ended(make: Made) -> None:
    launcher = make()
    launched = launcher.launch(7, "token")
    launcher.end(f"{launched.rpartition('-')[0]}-1")
    time.sleep(0.3)
    assert ids(launcher.instances()) == {launched}


def test_closing_ends_all_that_it_launched(make: Made) -> None:
    launcher = make()
    launcher.launch(7, "one")
    launcher.close()
    assert make().instances() == []


def test_a_machine_that_cannot_start_one_says_why(tmp_path: Path) -> None:
    launcher = LocalLauncher(str(tmp_path), 60, command=("/nowhere/valhub",))
    with pytest.raises(LaunchRefused, match="cannot start a worker: No such file"):
        launcher.launch(7, "token")
