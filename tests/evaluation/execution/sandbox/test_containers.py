"""What is about containers alone: what gets in, how they end, what they leave of the engine's."""

import os
import platform
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.evaluation.execution.sandbox.kinds import CONTAINERS
from valhub.evaluation.execution.sandbox import Command, NoSandbox, usage
from valhub.evaluation.execution.sandbox.oci import Oci
from valhub.evaluation.execution.sandbox.oci_engine import Engine
from valhub.evaluation.results import Verdict

pytestmark = pytest.mark.parametrize("sandbox", [CONTAINERS], indirect=True)

Shell = Callable[..., tuple[int, str]]


@pytest.fixture
def shell(sandbox, interpreter) -> Shell:
    """Run a line of bash in a container; its exit status and what it printed."""

    def run(line: str, pass_fds: tuple[int, ...] = (), **options: object) -> tuple[int, str]:
        argv = ["/bin/bash", "-c", line]
        command = Command(argv, interpreter=interpreter.prefix, **options)
        streams = {"stdout": subprocess.PIPE, "pass_fds": pass_fds}
        with sandbox.start(command, **streams) as process:
            with os.fdopen(os.dup(process.stdout), "rb") as file:
                text = file.read().decode()
            return process.wait(20), text

    return run


def test_exit_statuses_come_out_as_shells_tell_them(shell):
    assert [shell(line)[0] for line in ("exit 0", "exit 7", "kill -9 $$")] == [0, 7, 137]


def test_a_program_that_is_not_there_has_the_status_for_it(sandbox, interpreter):
    with sandbox.start(Command(["/nowhere"], interpreter=interpreter.prefix)) as process:
        assert process.wait(20) == 127


def test_waiting_ends_in_time(sandbox, interpreter):
    command = Command(["/bin/sleep", "60"], interpreter=interpreter.prefix)
    with sandbox.start(command) as process, pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)


def test_descriptors_keep_their_numbers_whichever_they_are(shell):
    with ExitStack() as stack:
        pairs = [stack.enter_context(end) for _ in range(20) for end in socket.socketpair()]
        passed = tuple(end.fileno() for end in (pairs[-1], pairs[0], pairs[20]))
        line = " ".join(f"echo {number} >&{number};" for number in passed)
        assert shell(line, passed)[0] == 0
        others = (pairs[-2], pairs[1], pairs[21])
        assert [int(end.recv(16)) for end in others] == list(passed)


def test_the_engines_environment_is_nowhere_inside(shell):
    _, text = shell("cat /proc/*/environ; env", env={"GIVEN": "yes"})
    assert "GIVEN=yes" in text
    assert "CONTAINERS_CONF" not in text


def test_the_machines_devices_and_control_groups_are_not_shown(shell):
    _, text = shell("ls /sys | wc -l; ls /dev; cat /proc/self/uid_map | wc -l")
    first, *devices, maps = text.split()
    assert (first, maps) == ("0", "2")
    assert {"null", "zero", "full", "random", "urandom"} < set(devices)
    assert not {"vda", "sda", "kmsg", "mem", "fuse"} & set(devices)


def test_the_engine_leaves_no_record_anywhere(shell):
    # Its own places, whether it was ever used here or not.
    places = [Path("/var/lib/containers"), Path("/run/containers"), Path("/run/libpod")]
    before = {place: sorted(place.rglob("*")) for place in places}
    assert shell("exit 0")[0] == 0
    assert {place: sorted(place.rglob("*")) for place in places} == before


def test_the_door_opens_once(shell):
    knock = 'import socket; socket.socket(socket.AF_UNIX).connect("/run/valhub/door")'
    _, text = shell(f"python3 -c '{knock}' 2>&1")
    assert "ConnectionRefusedError" in text


def test_the_first_process_hides_its_memory_from_the_command(shell):
    status, text = shell("cat /proc/1/mem /proc/1/environ 2>&1; ls /proc/1/fd 2>&1")
    assert status != 0
    assert text.count("Permission denied") == 3


def test_limiting_the_first_process_is_no_fault_of_ours(sandbox, interpreter):
    for limit in ("cpu", "as"):
        line = f"prlimit --pid 1 --{limit}=0:0; kill -9 $$"
        command = Command(["/bin/sh", "-c", line], interpreter=interpreter.prefix)
        with sandbox.start(command) as process:
            assert process.wait(20) > 1


@pytest.mark.parametrize("which", ["outermost", "engine"])
def test_an_engine_killed_from_outside_is_our_fault(target, which):
    target.check_unharmed()
    outermost = target.host.start().process._popen.pid
    victim = outermost if which == "outermost" else usage.children(outermost)[0]
    threading.Timer(0.3, os.kill, (victim, signal.SIGKILL)).start()
    failure = target.attack("looping").failure
    assert (failure.verdict, "killed from outside" in failure.message) == (
        Verdict.INTERNAL_ERROR,
        True,
    )


def test_with_its_outermost_process_everything_inside_is_gone(sandbox, interpreter):
    line = "sleep 60 & setsid sleep 60 & wait"
    command = Command(["/bin/sh", "-c", line], interpreter=interpreter.prefix)
    with sandbox.start(command) as process:
        while process.usage().processes < 4:
            time.sleep(0.01)
        there = list(usage.tree(process._popen.pid))
        process.kill()
        assert len(there) >= 7
        assert [pid for pid in there if Path(f"/proc/{pid}").exists()] == []


def test_what_the_engine_says_is_told_when_nothing_starts(sandbox, interpreter):
    with Oci.open(Engine("no-such-runtime", "none")) as broken:
        with pytest.raises(NoSandbox, match=r"did not start.*no-such-runtime"):
            broken.start(Command(["/bin/true"], interpreter=interpreter.prefix))
        run = broken.rundir
        assert [left for tree in run.group_parents for left in tree.glob(f"{run.name}-*")] == []


if platform.machine() == "x86_64":

    def test_foreign_call_tables_kill(target):
        failure = target.attack("foreign").failure
        assert failure.message == (
            "The algorithm made a system call that the sandbox does not allow."
        )
