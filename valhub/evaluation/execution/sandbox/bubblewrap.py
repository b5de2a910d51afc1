"""The sandbox: bubblewrap, a system-call filter and, where there are any, control groups.

The way in, each step started by the one before: a shell that joins the control groups; as root, a
private mount namespace in which what is shown is staged, and a throw-away user id; bubblewrap with
every namespace; the command. Each step prevents a problem that was measured: as root, a user
namespace alone leaves a process uid 0 outside.
"""

import itertools
import json
import os
import select
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from valhub.evaluation.execution.sandbox import cgroups, tools
from valhub.evaluation.execution.sandbox.accounts import account, hand_over
from valhub.evaluation.execution.sandbox.arguments import (
    Arguments,
    bubblewrap_arguments,
    prlimit,
)
from valhub.evaluation.execution.sandbox.bubblewrap_process import BubblewrapProcess
from valhub.evaluation.execution.sandbox.interface import Command, NoSandbox, SandboxLimits
from valhub.evaluation.execution.sandbox.rundir import RunDir

TOOLS = ("bwrap", "prlimit", "sh")
ROOT_TOOLS = ("setpriv", "unshare", "mount")

_STARTS_WITHIN_S = 30.0

# Control groups come first, then `--` and what to start in them.
_JOIN = """
while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 125; shift; done
shift
exec "$@"
"""
# Pairs of source and name follow the stage; bind mounts made here are seen by the sandbox alone.
_STAGE = """
stage=$1; shift
mount -t tmpfs -o size=1m,mode=0755 stage "$stage" || exit 125
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "$stage/$2"; else : >"$stage/$2"; fi
  mount --bind "$1" "$stage/$2" || exit 125
  shift 2
done
shift
exec "$@"
"""


class Bubblewrap:
    """Starts commands under bubblewrap.

    Parameters
    ----------
    rundir : RunDir
        Whose folder and control groups this sandbox uses; see `Bubblewrap.open`.
    hierarchy : Hierarchy or None
        Where control groups can be made.
    """

    name = "bubblewrap"

    def __init__(self, rundir: RunDir, hierarchy: cgroups.Hierarchy | None) -> None:
        self.rundir = rundir
        self.hierarchy = hierarchy
        self._numbers = itertools.count()

    @classmethod
    def open(cls) -> "Bubblewrap":
        """Make a sandbox with a run folder of its own; close it to leave nothing behind.

        Raises
        ------
        NoSandbox
            When a program it needs is missing; names it.
        """
        missing = missing_tools()
        if missing:
            raise NoSandbox(
                f"The sandbox needs {', '.join(missing)}, which this machine does not have. "
                "Install the Debian packages bubblewrap and util-linux."
            )
        hierarchy = cgroups.detect()
        return cls(RunDir(hierarchy.parents if hierarchy else ()), hierarchy)

    @property
    def accounts(self) -> bool:
        """Whether there are control groups; see `Sandbox.accounts`."""
        return self.hierarchy is not None

    def close(self) -> None:
        """Remove the run folder and the control groups."""
        self.rundir.close()

    def __enter__(self) -> "Bubblewrap":
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
    ) -> BubblewrapProcess:
        """Start a command inside; see `Sandbox.start`."""
        number = next(self._numbers)
        with ExitStack() as stack:
            undo = stack.enter_context(ExitStack())
            group = self._group(number, command.limits)
            if group:
                undo.callback(cgroups.remove, group.folders)
            stage = self._stage()
            if stage:
                undo.callback(stage.rmdir)
            info, info_end = os.pipe()
            stack.callback(os.close, info)
            given = [info_end]
            stack.callback(_close_all, given)
            limits = prlimit(command.limits, grouped=group is not None)
            arguments = bubblewrap_arguments(command, limits, info_end, given, self.rundir.name)
            popen = subprocess.Popen(
                [*_join(group), *self._privately(command, number, arguments, stage)],
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.DEVNULL if stdout is None else stdout,
                stderr=subprocess.DEVNULL if stderr is None else stderr,
                pass_fds=(*given, *pass_fds),
                env={"PATH": tools.PATH},
                cwd="/",
                start_new_session=True,
            )
            os.close(given.pop(0))
            undo.pop_all()
            first = _first_process(popen, info)
            process = BubblewrapProcess(popen, first, group, command.limits, stage)
            if first is None:
                process.close()
                raise NoSandbox(
                    f"The sandbox did not start (exit status {process.wait()}). "
                    "Run `valhub doctor` for what this machine lacks."
                )
            return process

    def _group(self, number: int, limits: SandboxLimits) -> cgroups.Group | None:
        if self.hierarchy is None:
            return None
        return self.hierarchy.create(f"{self.rundir.name}-{number}", limits)

    def _stage(self) -> Path | None:
        """As root, make the folder over which what is shown is mounted; its process removes it."""
        if os.getuid() != 0:
            return None
        self.rundir.path.chmod(0o711)
        stage = Path(tempfile.mkdtemp(dir=self.rundir.path, prefix="stage-"))
        stage.chmod(0o711)
        return stage

    def _privately(
        self, command: Command, number: int, arguments: Arguments, stage: Path | None
    ) -> list[str]:
        """With a stage, mount the binds there and switch to a throw-away account."""
        if stage is None:
            return arguments.with_sources({})
        staged = {bind.source: str(stage / str(i)) for i, bind in enumerate(arguments.binds)}
        owner = account(number, keeps_files=command.keeps_files)
        for bind in arguments.binds:
            if bind.writable:
                hand_over(bind.source, owner)
        pairs = [word for source, name in staged.items() for word in (str(source), Path(name).name)]
        return [
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", _STAGE, "sh"),
            *(str(stage), *pairs, "--"),
            *("setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups"),
            *("--inh-caps=-all", "--no-new-privs", "--"),
            *arguments.with_sources(staged),
        ]


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def missing_tools() -> list[str]:
    """Programs the sandbox needs that are not on this machine."""
    return tools.missing(TOOLS + (ROOT_TOOLS if os.getuid() == 0 else ()))


def _join(group: cgroups.Group | None) -> list[str]:
    if group is None:
        return []
    return ["sh", "-c", _JOIN, "sh", *map(str, group.folders), "--"]


def _first_process(popen: "subprocess.Popen[bytes]", info: int) -> int | None:
    """Process id, seen from here, of the sandbox's first process; None when it never came up."""
    text = b""
    while select.select([info], [], [], _STARTS_WITHIN_S)[0]:
        part = os.read(info, 4096)
        text += part
        if not part or text.rstrip().endswith(b"}"):
            break
    else:
        popen.kill()
    with suppress(ValueError, KeyError):
        return int(json.loads(text)["child-pid"])
    return None
