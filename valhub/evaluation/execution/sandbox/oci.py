"""The sandbox for machines where containers are trusted more: podman, with runc or crun.

The way in, each step started by the one before: a private mount and process namespace, in which a
root of bound folders is staged; podman; the container's first process, which fetches the command
through a door and tells how it ended. Limits are those of control groups of ours, which the
container's own groups lie in. The engine is inside the namespace, too: one kill ends all of it.
"""

import itertools
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from valhub.evaluation.execution.sandbox import cgroups
from valhub.evaluation.execution.sandbox.accounts import account, hand_over
from valhub.evaluation.execution.sandbox.interface import Bind, Command, NoSandbox
from valhub.evaluation.execution.sandbox.oci_door import Door, NobodyCame, hand_in
from valhub.evaluation.execution.sandbox.oci_engine import Engine
from valhub.evaluation.execution.sandbox.oci_podman import podman_arguments, write_settings
from valhub.evaluation.execution.sandbox.oci_process import OciProcess
from valhub.evaluation.execution.sandbox.oci_profile import seccomp_profile
from valhub.evaluation.execution.sandbox.oci_stage import staged
from valhub.evaluation.execution.sandbox.rundir import RunDir
from valhub.evaluation.execution.sandbox.streams import Streams
from valhub.evaluation.execution.sandbox.surroundings import (
    GROUP,
    PASSWD,
    Link,
    environment,
    prlimit,
    system_places,
)
from valhub.evaluation.execution.sandbox.tools import PATH

_STARTS_WITHIN_S = 60.0
_LONGEST_COMPLAINT = 300
_FIRST = Path(__file__).with_name("oci_first.py")
_FIRST_INSIDE, _DOOR_INSIDE = "/run/valhub/first.py", "/run/valhub/door"


class Oci:
    """Starts commands in containers.

    Parameters
    ----------
    rundir : RunDir
        Whose folder and control groups this sandbox uses; see `Oci.open`.
    hierarchy : Hierarchy
        Where control groups can be made.
    engine : Engine
        What makes the containers.
    """

    name = "oci"

    def __init__(self, rundir: RunDir, hierarchy: cgroups.Hierarchy, engine: Engine) -> None:
        self.rundir = rundir
        self.hierarchy = hierarchy
        self.engine = engine
        self._numbers = itertools.count()
        folder = rundir.path
        folder.chmod(0o711)
        self._settings = write_settings(folder)
        for name, content in (("passwd", PASSWD), ("group", GROUP)):
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o444)
        for loopback in (False, True):
            self._profile(loopback=loopback).write_bytes(seccomp_profile(loopback=loopback))

    @classmethod
    def open(cls, engine: Engine) -> "Oci":
        """Make a sandbox with a run folder of its own; close it to leave nothing behind.

        Raises
        ------
        NoSandbox
            When this account may not make control groups, or the filter cannot be written.
        """
        hierarchy = cgroups.detect()
        if os.getuid() != 0 or hierarchy is None:
            raise NoSandbox(
                "The sandbox oci needs root and control groups that it may make groups in. "
                "Run the worker as root, or set VALHUB_SANDBOX=bubblewrap, which needs neither."
            )
        rundir = RunDir(tuple(dict.fromkeys((*hierarchy.parents, *cgroups.every_tree()))))
        try:
            return cls(rundir, hierarchy, engine)
        except BaseException:
            rundir.close()
            raise

    @property
    def build(self) -> str:
        """What of this machine the sandbox is made with."""
        return f"{self.engine.version} control groups {self.hierarchy.version}"

    def close(self) -> None:
        """Remove the run folder and the control groups."""
        self.rundir.close()

    def __enter__(self) -> "Oci":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def start(
        self,
        command: Command,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        pass_fds: Sequence[int] = (),
    ) -> OciProcess:
        """Start a command inside; see `Sandbox.start`."""
        number = next(self._numbers)
        name = f"{self.rundir.name}-{number}"
        folders = [tree / name for tree in self.rundir.group_parents]
        with ExitStack() as undo:
            streams = Streams(stdin, stdout, stderr)
            undo.callback(streams.close)
            undo.callback(cgroups.remove, folders)
            group = self.hierarchy.create(name, command.limits)
            popen, first, line = self._entered(command, number)
            undo.callback(line.close)
            undo.callback(_end, popen)
            hand_in(line, _told(command, pass_fds), [*streams.inside, *pass_fds])
            streams.handed_in()
            undo.pop_all()
        return OciProcess(popen, first, line, group, folders, command.limits, streams)

    def _entered(
        self, command: Command, number: int
    ) -> tuple["subprocess.Popen[bytes]", int, socket.socket]:
        """Start a container and wait for its first process; its id, and the line to it."""
        owner = account(number, keeps_files=command.keeps_files)
        with (
            tempfile.TemporaryFile(dir=self.rundir.path) as log,
            Door(self.rundir.path / f"door-{number}", owner) as door,
            ExitStack() as undo,
        ):
            popen = self._engine_started(command, number, owner, door, log)
            undo.callback(_end, popen)
            try:
                first, line = door.opened(popen, _STARTS_WITHIN_S)
            except NobodyCame:
                raise NoSandbox(f"The container did not start: {_complaint(log)}") from None
            undo.pop_all()
        return popen, first, line

    def _engine_started(
        self, command: Command, number: int, owner: int, door: Door, log: IO[bytes]
    ) -> "subprocess.Popen[bytes]":
        stage = Path(tempfile.mkdtemp(dir=self.rundir.path, prefix="stage-"))
        stage.chmod(0o711)
        for bind in command.binds:
            if bind.writable:
                hand_over(bind.source, owner)
        prefix = command.interpreter or Path(sys.base_prefix)
        container = podman_arguments(
            runtime=self.engine.runtime,
            owner=owner,
            group=self.hierarchy.path(f"{self.rundir.name}-{number}"),
            limits=command.limits,
            profile=self._profile(loopback=command.loopback),
            argv=[f"{prefix}/bin/python3", "-I", "-S", "-B", _FIRST_INSIDE, _DOOR_INSIDE],
        )
        return subprocess.Popen(
            staged(stage, command.limits, self._places(command, prefix, door), container),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env={"PATH": PATH, "CONTAINERS_CONF": str(self._settings)},
            cwd="/",
            start_new_session=True,
        )

    def _places(self, command: Command, prefix: Path, door: Door) -> list[Bind | Link]:
        return [
            *system_places(replace(command, interpreter=prefix)),
            Bind(self.rundir.path / "passwd", "/etc/passwd"),
            Bind(self.rundir.path / "group", "/etc/group"),
            Bind(_FIRST, _FIRST_INSIDE),
            Bind(door.path, _DOOR_INSIDE),
            *command.binds,
        ]

    def _profile(self, *, loopback: bool) -> Path:
        return self.rundir.path / f"seccomp{'-loopback' if loopback else ''}.json"


def _told(command: Command, pass_fds: Sequence[int]) -> dict[str, Any]:
    return {
        "argv": [*prlimit(command.limits, grouped=True), *command.argv],
        "env": environment(command),
        "cwd": command.cwd,
        "descriptors": [0, 1, 2, *pass_fds],
    }


def _end(popen: "subprocess.Popen[bytes]") -> None:
    popen.kill()
    popen.wait()


def _complaint(log: IO[bytes]) -> str:
    """What the engine said last, cut."""
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return said[:_LONGEST_COMPLAINT]
