"""The canary: silent in a sound sandbox, and naming just the hole in a leaky one."""

import os
import platform
import socket
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.evaluation.execution.sandbox.weakened import (
    Lingering,
    Unwatched,
    showing,
    with_limit,
    without,
)
from valhub.evaluation.execution.sandbox import seccomp
from valhub.evaluation.execution.sandbox.canary import find_holes
from valhub.evaluation.execution.sandbox.interface import GIB

NETWORK, UNIX = "reaches this machine's network", "reaches this machine's Unix sockets"


@pytest.fixture
def holes(interpreter) -> Callable[[object], list[str]]:
    return lambda sandbox: find_holes(sandbox, interpreter.executable, interpreter.prefix)


def allow(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Take one call out of the filter."""
    name = platform.machine()
    machine = seccomp._MACHINES[name]
    denied = {other: number for other, number in machine.denied.items() if other != call}
    monkeypatch.setitem(seccomp._MACHINES, name, replace(machine, denied=denied))


def test_a_sound_sandbox_has_no_holes(sandbox, holes):
    assert holes(sandbox) == []


def test_a_sandbox_that_shows_files_of_this_machine(weakened, holes):
    weakened.change_words = showing(Path(tempfile.gettempdir()))
    assert "reads a file of this machine" in holes(weakened)


def test_a_sandbox_on_this_machines_network(weakened, holes):
    weakened.change_command = lambda command: replace(command, loopback=True)
    weakened.change_words = without("--unshare-net")
    assert holes(weakened) == [NETWORK, UNIX]


def test_a_sandbox_that_shares_abstract_sockets(weakened, holes):
    weakened.change_words = without("--unshare-net")
    assert holes(weakened) == [UNIX]


def test_a_sandbox_with_the_virtual_machines_sockets(weakened, holes, monkeypatch, bare):
    monkeypatch.setattr(seccomp, "_AF_INET", socket.AF_VSOCK)
    weakened.change_command = lambda command: replace(command, loopback=True)
    there = socket.AF_VSOCK in bare("families")
    assert holes(weakened) == ["opens a socket to the virtual machine's host"] * there


def test_a_sandbox_that_hands_the_environment_on(weakened, holes):
    def with_environment(command):
        ours = {name: text for name, text in os.environ.items() if name.startswith("VALHUB")}
        return replace(command, env={**command.env, **ours})

    weakened.change_command = with_environment
    assert holes(weakened) == ["sees the environment of this process"]


def test_a_sandbox_that_hands_files_on(weakened, holes, tmp_path):
    with (tmp_path / "file").open("w") as file:
        weakened.more_descriptors = (file.fileno(),)
        assert holes(weakened) == ["inherits open files"]


def test_a_sandbox_without_a_limit_of_processes(weakened, holes):
    def with_more(command):
        return replace(command, limits=replace(command.limits, processes=200))

    weakened.change_command = with_more
    assert holes(weakened) == ["starts processes without limit"]


def test_a_sandbox_that_allows_namespaces(weakened, holes, monkeypatch):
    allow(monkeypatch, "unshare")
    weakened.change_words = without("--disable-userns")
    assert holes(weakened) == ["makes namespaces of its own"]


def test_namespaces_are_closed_without_the_filter_too(weakened, holes, monkeypatch):
    allow(monkeypatch, "unshare")
    assert holes(weakened) == []


def test_a_sandbox_that_allows_tracing(weakened, holes, monkeypatch):
    allow(monkeypatch, "ptrace")
    assert holes(weakened) == ["traces processes"]


def test_a_sandbox_that_can_be_written_to(weakened, holes):
    def unlocked(words):
        root = next(i for i in range(len(words)) if words[i : i + 2] == ["--remount-ro", "/"])
        return [*words[:root], *words[root + 2 :]]

    weakened.change_words = unlocked
    assert holes(weakened) == ["writes outside its temporary folders"]


def test_a_sandbox_that_outlives_its_end(weakened, holes):
    left: list[Lingering] = []
    weakened.change_words = without("--die-with-parent")
    weakened.wrap = lambda process: left.append(Lingering(process)) or left[-1]
    try:
        assert holes(weakened) == ["leaves processes behind"]
    finally:
        for process in left:
            process.close()


def test_a_sandbox_whose_memory_nobody_limits(weakened, holes):
    def with_more(command):
        return replace(command, limits=replace(command.limits, memory_bytes=2 * GIB))

    weakened.change_command = with_more
    weakened.wrap = Unwatched
    assert holes(weakened) == ["uses memory without limit"]


def test_a_sandbox_in_which_nothing_runs(weakened, holes):
    weakened.change_words = with_limit("nofile", "0:0")
    assert holes(weakened)[0] == "does not start: it cannot run Python inside"
