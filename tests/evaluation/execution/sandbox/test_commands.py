"""What a command is given inside, how it ends, and what its sandbox is for others."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from valhub.evaluation.execution.sandbox import Command, usage

Shell = Callable[..., tuple[int, str]]


@pytest.fixture
def shell(sandbox, interpreter) -> Shell:
    """Run a line of bash in a sandbox; its exit status and what it printed."""

    def run(line: str, pass_fds: tuple[int, ...] = (), **options: object) -> tuple[int, str]:
        argv = ["/bin/bash", "-c", line]
        command = Command(argv, interpreter=interpreter.prefix, **options)
        streams = {"stdout": subprocess.PIPE, "pass_fds": pass_fds}
        with sandbox.start(command, **streams) as process:
            with os.fdopen(os.dup(process.stdout), "rb") as file:
                text = file.read().decode()
            return process.wait(120), text

    return run


def test_exit_statuses_come_out_as_shells_report_them(shell):
    assert [shell(line)[0] for line in ("exit 0", "exit 7", "kill -9 $$")] == [0, 7, 137]


def test_a_missing_program_has_the_status_for_it(sandbox, interpreter):
    with sandbox.start(Command(["/nowhere"], interpreter=interpreter.prefix)) as process:
        assert process.wait(120) == 127


def test_waiting_ends_in_time(sandbox, interpreter):
    command = Command(["/bin/sleep", "60"], interpreter=interpreter.prefix)
    with sandbox.start(command) as process, pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)


def test_a_closed_sandbox_leaves_no_folder_and_takes_none_from_another(sandbox, interpreter):
    def stages():
        return {path.name for path in sandbox.rundir.path.glob("stage-*")}

    command = Command(["/bin/bash", "-c", "read -r _; ls /usr"], interpreter=interpreter.prefix)
    before = stages()
    reading, writing = os.pipe()
    with sandbox.start(command, stdin=reading) as still_running:
        one = stages() - before
        with sandbox.start(Command(["/bin/true"], interpreter=interpreter.prefix)) as other:
            other.wait(120)
            assert len(stages() - before) == 2 * len(one)
        assert stages() - before == one
        os.write(writing, b"go on\n")
        assert still_running.wait(120) == 0
    os.close(reading)
    os.close(writing)
    assert stages() == before


def test_descriptors_keep_their_numbers_whichever_they_are(shell):
    with ExitStack() as stack:
        pairs = [stack.enter_context(end) for _ in range(20) for end in socket.socketpair()]
        passed = tuple(end.fileno() for end in (pairs[-1], pairs[0], pairs[20]))
        line = " ".join(f"echo {number} >&{number};" for number in passed)
        assert shell(line, passed)[0] == 0
        others = (pairs[-2], pairs[1], pairs[21])
        assert [int(end.recv(16)) for end in others] == list(passed)


def test_the_hosts_environment_is_nowhere_inside(shell, monkeypatch):
    monkeypatch.setenv("VALHUB_TEST_SECRET", "secret")
    _, text = shell("cat /proc/*/environ; env", env={"GIVEN": "yes"})
    assert "GIVEN=yes" in text
    assert "VALHUB" not in text


def test_the_machines_devices_and_control_groups_are_not_shown(shell):
    _, text = shell("ls -d /sys/*; ls /dev; cat /proc/self/uid_map | wc -l")
    *devices, maps = text.split()
    assert maps == "1"
    assert {"null", "zero", "full", "random", "urandom"} < set(devices)
    assert not {"vda", "sda", "kmsg", "mem", "fuse"} & set(devices)
    assert not [name for name in devices if name.startswith("/sys")]


def test_limiting_the_first_process_is_no_fault_of_ours(sandbox, interpreter):
    for limit in ("cpu", "as"):
        line = f"prlimit --pid 1 --{limit}=0:0; kill -9 $$"
        command = Command(["/bin/sh", "-c", line], interpreter=interpreter.prefix)
        with sandbox.start(command) as process:
            assert process.wait(120) > 1


def test_with_its_outermost_process_everything_inside_is_gone(sandbox, interpreter):
    line = "sleep 600 & setsid sleep 600 & wait"
    command = Command(["/bin/sh", "-c", line], interpreter=interpreter.prefix)
    with sandbox.start(command) as process:
        while process.usage().processes < 4:
            time.sleep(0.01)
        there = [pid for pid in usage.tree(process._popen.pid) if is_running(pid)]
        process.kill()
        assert len(there) >= 5
        assert [pid for pid in there if is_running(pid)] == []


def is_running(pid: int) -> bool:
    """Whether a process can still do anything; the machine's init may not have reaped it yet."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}
