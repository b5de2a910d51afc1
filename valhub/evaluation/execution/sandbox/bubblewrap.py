"""The default sandbox: bubblewrap, a system-call filter and, where there are any, control groups.

The way in, each step started by the one before: a shell that joins the control groups; as root, a
private mount namespace in which what is shown is staged, and a throw-away user id; bubblewrap with
every namespace; the command. Each step of it answers a trap that was measured: as root, a user
namespace alone leaves a process uid 0 outside.
"""

import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from valhub.evaluation.execution.sandbox import cgroups, usage
from valhub.evaluation.execution.sandbox.interface import (
    Bind,
    Command,
    NoSandbox,
    SandboxLimits,
    Usage,
)
from valhub.evaluation.execution.sandbox.rundir import RunDir
from valhub.evaluation.execution.sandbox.seccomp import filter_program

TMP_FOLDERS = ("/tmp", "/dev/shm")  # noqa: S108 - the sandbox's own
TOOLS = ("bwrap", "prlimit", "sh")
ROOT_TOOLS = ("setpriv", "unshare", "mount")

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENDS_WITHIN_S = 10.0
_STARTS_WITHIN_S = 30.0
# Libraries reserve far more address space than they use; sampling watches what they use.
_ADDRESS_SPACE_SLACK = 8 * 1024**3
_ACCOUNTS = 64
_FIRST_ACCOUNT = 0x7000_0000
_KEEPING_ACCOUNT = _FIRST_ACCOUNT - 1
_PASSWD = b"algorithm:x:1000:1000::/tmp:/bin/sh\n"
_GROUP = b"algorithm:x:1000:\n"

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
    ) -> "BubblewrapProcess":
        """Start a command inside; see `Sandbox.start`."""
        number = next(self._numbers)
        with ExitStack() as stack:
            group = self._group(number, command.limits)
            if group:
                undo = stack.enter_context(ExitStack())
                undo.callback(cgroups.remove, group.folders)
            info, info_end = os.pipe()
            stack.callback(os.close, info)
            given = [info_end]
            stack.callback(_close_all, given)
            limits = _prlimit(command.limits, grouped=group is not None)
            arguments = _bubblewrap(command, limits, info_end, given, self.rundir.name)
            popen = subprocess.Popen(
                [*_join(group), *self._privately(command, number, arguments)],
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.DEVNULL if stdout is None else stdout,
                stderr=subprocess.DEVNULL if stderr is None else stderr,
                pass_fds=(*given, *pass_fds),
                env={"PATH": _PATH},
                cwd="/",
                start_new_session=True,
            )
            os.close(given.pop(0))
            if group:
                undo.pop_all()
            first = _first_process(popen, info)
            process = BubblewrapProcess(popen, first, group, command.limits)
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

    def _privately(self, command: Command, number: int, arguments: "_Arguments") -> list[str]:
        """As root, stage the binds and become nobody's account; as anybody else, just go on."""
        if os.getuid() != 0:
            return arguments.with_sources({})
        self.rundir.path.chmod(0o711)
        stage = Path(tempfile.mkdtemp(dir=self.rundir.path, prefix="stage-"))
        stage.chmod(0o711)
        staged = {bind.source: str(stage / str(i)) for i, bind in enumerate(arguments.binds)}
        account = _KEEPING_ACCOUNT if command.keeps_files else _account(number)
        for bind in arguments.binds:
            if bind.writable:
                _hand_over(bind.source, account)
        pairs = [word for source, name in staged.items() for word in (str(source), Path(name).name)]
        return [
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", _STAGE, "sh"),
            *(str(stage), *pairs, "--"),
            *("setpriv", f"--reuid={account}", f"--regid={account}", "--clear-groups"),
            *("--inh-caps=-all", "--no-new-privs", "--"),
            *arguments.with_sources(staged),
        ]


def _close_all(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def missing_tools() -> list[str]:
    """Programs the sandbox needs that are not on this machine."""
    needed = TOOLS + (ROOT_TOOLS if os.getuid() == 0 else ())
    return [tool for tool in needed if tool_path(tool) is None]


def tool_path(tool: str) -> str | None:
    """Where a program is that the sandbox would start; the user's own PATH does not count."""
    return shutil.which(tool, path=_PATH)


def _account(number: int) -> int:
    """User id that no other live sandbox of this machine has."""
    return _FIRST_ACCOUNT + os.getpid() * _ACCOUNTS + number % _ACCOUNTS


def _hand_over(folder: Path, account: int) -> None:
    """Give a writable folder to the account, with what earlier accounts left in it."""
    if folder.stat().st_uid == account:
        return
    for place, _, names in os.walk(folder):
        os.chown(place, account, account)
        for name in names:
            os.chown(Path(place, name), account, account, follow_symlinks=False)


def _join(group: cgroups.Group | None) -> list[str]:
    if group is None:
        return []
    return ["sh", "-c", _JOIN, "sh", *map(str, group.folders), "--"]


def _prlimit(limits: SandboxLimits, *, grouped: bool) -> list[str]:
    """Limits of one process, set inside: only there does the kernel count this sandbox's alone."""
    return [
        "/usr/bin/prlimit",
        *([] if grouped else [f"--as={limits.memory_bytes + _ADDRESS_SPACE_SLACK}"]),
        f"--nproc={limits.processes}:{limits.processes}",
        # One byte is no core file, and the only limit that keeps a crash from a core handler too.
        "--core=1:1",
        f"--nofile={limits.open_files}:{limits.open_files}",
        f"--fsize={limits.file_bytes}:{limits.file_bytes}",
        "--memlock=65536:65536",
        "--msgqueue=0:0",
        "--rtprio=0:0",
        "--",
    ]


class _Arguments:
    """bubblewrap's arguments, with the sources of binds still open."""

    def __init__(self) -> None:
        self._words: list[str | Bind] = []

    @property
    def binds(self) -> list[Bind]:
        return [word for word in self._words if isinstance(word, Bind)]

    def add(self, *words: str | Bind) -> None:
        self._words += words

    def with_sources(self, staged: dict[Path, str]) -> list[str]:
        words: list[str] = []
        for word in self._words:
            if isinstance(word, Bind):
                option = "--bind" if word.writable else "--ro-bind"
                words += [option, staged.get(word.source, str(word.source)), word.target]
            else:
                words.append(word)
        return words


def _bubblewrap(
    command: Command, limits: Sequence[str], info_fd: int, given: list[int], run: str
) -> _Arguments:
    arguments = _Arguments()
    arguments.add("bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc")
    arguments.add("--unshare-uts", "--unshare-cgroup-try", "--disable-userns")
    # The janitor knows the run's processes by this; inside, it is cleared away again.
    arguments.add("--setenv", "VALHUB_RUN", run, "--clearenv")
    arguments.add("--die-with-parent", "--new-session", "--hostname", "sandbox")
    arguments.add("--uid", "1000", "--gid", "1000", "--info-fd", str(info_fd))
    _add_system(arguments, command, given)
    _add_temporary(arguments, command.limits)
    for bind in command.binds:
        arguments.add(Bind(bind.source.resolve(), bind.target, bind.writable))
    arguments.add("--remount-ro", "/")
    for name, value in _environment(command).items():
        arguments.add("--setenv", name, value)
    given.append(_data_fd(filter_program(loopback=command.loopback)))
    arguments.add("--seccomp", str(given[-1]), "--chdir", command.cwd)
    arguments.add("--", *limits, *command.argv)
    return arguments


def _add_system(arguments: _Arguments, command: Command, given: list[int]) -> None:
    arguments.add(Bind(Path("/usr"), "/usr"))
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            arguments.add("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            arguments.add(Bind(path, str(path)))
    for path in (Path("/etc/ld.so.cache"), Path("/etc/alternatives")):
        if path.exists():
            arguments.add(Bind(path, str(path)))
    for content, target in ((_PASSWD, "/etc/passwd"), (_GROUP, "/etc/group")):
        given.append(_data_fd(content))
        arguments.add("--perms", "0444", "--ro-bind-data", str(given[-1]), target)
    prefix = command.interpreter
    if prefix is not None and not prefix.is_relative_to("/usr"):
        arguments.add(Bind(prefix.resolve(), str(prefix)))


def _add_temporary(arguments: _Arguments, limits: SandboxLimits) -> None:
    arguments.add("--proc", "/proc", "--dev", "/dev")
    for folder in TMP_FOLDERS:
        arguments.add("--perms", "1777", "--size", str(limits.tmp_bytes), "--tmpfs", folder)
    arguments.add("--remount-ro", "/dev")


def _environment(command: Command) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "TMPDIR": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **command.env,
    }


def _data_fd(content: bytes) -> int:
    """Descriptor from which `content` can be read once."""
    fd = os.memfd_create("valhub")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


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


class BubblewrapProcess:
    """One sandbox that is running, or was."""

    def __init__(
        self,
        popen: "subprocess.Popen[bytes]",
        first: int | None,
        group: cgroups.Group | None,
        limits: SandboxLimits,
    ) -> None:
        self._popen = popen
        self._first = first
        self._group = group
        self._limits = limits
        self._peak = 0
        self._sampler = usage.Sampler()
        self._gone = _pidfd(first)

    @property
    def stdout(self) -> int | None:
        """Descriptor of the command's standard output, when it was asked for as a pipe."""
        return self._popen.stdout.fileno() if self._popen.stdout else None

    @property
    def stderr(self) -> int | None:
        """Descriptor of the command's standard error, when it was asked for as a pipe."""
        return self._popen.stderr.fileno() if self._popen.stderr else None

    def usage(self) -> Usage:
        """Read what everything inside has used; see `Process.usage`."""
        first = self._first or 0
        tmp_bytes, tmp_inodes = usage.filesystem_usage(first, TMP_FOLDERS, self._limits.tmp_bytes)
        if self._group is not None:
            group = self._group
            # bubblewrap's own process outside the namespace is in the group too.
            inside = max(group.processes() - 1, 0)
            memory, peak = group.memory_bytes(), group.peak_memory_bytes()
            return Usage(group.cpu_s(), memory, peak, inside, tmp_inodes, group.oom_kills())
        reading = self._sampler.read(first, self._limits.memory_bytes)
        memory = reading.memory_bytes + tmp_bytes
        self._peak = max(self._peak, memory)
        return Usage(reading.cpu_s, memory, self._peak, reading.processes, tmp_inodes, 0)

    def reset_peak(self) -> None:
        """Start a new measurement of peak memory."""
        self._peak = 0
        if self._group is not None:
            self._group.reset_peak()

    def wait(self, timeout_s: float | None = None) -> int:
        """Exit status of the command; raises `subprocess.TimeoutExpired`."""
        return self._popen.wait(timeout_s)

    def kill(self) -> None:
        """End every process inside, and return when none is left."""
        if self._gone is not None:
            # With the first process of a PID namespace the kernel ends all others.
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._gone, signal.SIGKILL)
            select.select([self._gone], [], [], _ENDS_WITHIN_S)
        if self._popen.returncode is None:
            # A first process that has not come up yet is in the group that was started.
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def close(self) -> None:
        """Kill, close the pipes, remove the control group."""
        self.kill()
        for pipe in (self._popen.stdout, self._popen.stderr, self._popen.stdin):
            if pipe is not None:
                pipe.close()
        if self._gone is not None:
            os.close(self._gone)
            self._gone = None
        if self._group is not None:
            cgroups.remove(self._group.folders)

    def __enter__(self) -> "BubblewrapProcess":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _pidfd(pid: int | None) -> int | None:
    if pid is None:
        return None
    with suppress(ProcessLookupError):
        return os.pidfd_open(pid)
    return None


def base_interpreter() -> Path:
    """Prefix of the Python installation that this process' own interpreter comes from."""
    return Path(sys.base_prefix)
