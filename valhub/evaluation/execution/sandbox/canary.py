"""Proof, before anything untrusted runs, that the sandbox on this machine holds.

A probe inside tries what must not work; a process left behind and a process that wants too much
memory are watched from here. Whatever gets through is a hole, and with a hole nothing is run.
"""

import json
import os
import secrets
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import (
    MIB,
    Bind,
    Command,
    Process,
    Sandbox,
    SandboxLimits,
)
from valhub.evaluation.received_values import problem_of

_PROBE = Path(__file__).with_name("probe.py")
_LIMITS = SandboxLimits(memory_bytes=96 * MIB, processes=24)
_WITHIN_S = 30.0
_GREEDY = "block = bytearray(512 * 1024 * 1024)\nfor i in range(0, len(block), 4096): block[i] = 1"


def find_holes(sandbox: Sandbox, executable: Path, prefix: Path) -> list[str]:
    """What untrusted code could do here that it must not; empty when the sandbox holds.

    Parameters
    ----------
    sandbox : Sandbox
        The one to be tried.
    executable, prefix : Path
        A Python of this machine to run the probe with.
    """
    holes = []
    with _baits() as (arguments, descriptor, reading):
        command = Command(
            argv=[
                str(executable),
                "-I",
                "-S",
                "-B",
                "/probe.py",
                *arguments,
                str(_LIMITS.processes),
            ],
            binds=[Bind(_PROBE, "/probe.py")],
            limits=_LIMITS,
            interpreter=prefix,
        )
        holes += _probe(sandbox, command, descriptor)
        os.close(descriptor)
        # The daemon holds the other end for as long as it lives.
        if not select.select([reading], [], [], 1.0)[0]:
            holes.append("leaves processes behind")
    if not _memory_is_limited(sandbox, executable, prefix):
        holes.append("uses memory without limit")
    return holes


@contextmanager
def _baits() -> Iterator[tuple[list[str], int, int]]:
    """Things that the probe must not reach: a file, two servers, a variable, descriptors."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="valhub-canary-")))
        folder.chmod(0o755)
        secret = folder / "secret"
        secret.write_text("secret")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix_name = f"valhub-canary-{secrets.token_hex(8)}"
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(f"\0{unix_name}")
        unix.listen()
        variable = f"VALHUB_CANARY_{secrets.token_hex(8)}"
        os.environ[variable] = "secret"
        stack.callback(os.environ.pop, variable)
        stray = os.open(secret, os.O_RDONLY)
        stack.callback(os.close, stray)
        reading, writing = os.pipe()
        stack.callback(os.close, reading)
        port = tcp.getsockname()[1]
        yield [str(secret), str(port), unix_name, variable, str(writing)], writing, reading


def _probe(sandbox: Sandbox, command: Command, descriptor: int) -> list[str]:
    output, writing = os.pipe()
    try:
        process = sandbox.start(command, stdout=writing, pass_fds=[descriptor])
    finally:
        os.close(writing)
    with process, os.fdopen(output, "rb") as file:
        line = file.readline() if select.select([output], [], [], _WITHIN_S)[0] else b""
    try:
        return _holes(json.loads(line))
    except (ValueError, RecursionError):
        return ["does not start: it cannot run Python inside"]


def _holes(found: object) -> list[str]:
    """Read what the probe found; what it ran in may have written something else."""
    if problem_of(found) or not isinstance(found, list):
        raise ValueError("no list of holes")
    return [str(hole) for hole in found]


def _memory_is_limited(sandbox: Sandbox, executable: Path, prefix: Path) -> bool:
    """Whether a process that wants too much is stopped, or at least seen in time from here."""
    argv = [str(executable), "-I", "-S", "-c", _GREEDY]
    command = Command(argv=argv, limits=_LIMITS, interpreter=prefix)
    with sandbox.start(command) as process:
        deadline = time.monotonic() + _WITHIN_S
        while time.monotonic() < deadline:
            usage = process.usage()
            if usage.oom_kills or usage.memory_bytes > _LIMITS.memory_bytes:
                return True
            if _has_ended(process):
                return process.usage().oom_kills > 0
    return False


def _has_ended(process: Process) -> bool:
    try:
        process.wait(0.01)
    except subprocess.TimeoutExpired:
        return False
    return True
