"""bubblewrap's command line: what is shown inside, with which limits, under which filter."""

import os
from collections.abc import Sequence
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import (
    SYSTEM_PATH,
    Bind,
    Command,
    SandboxLimits,
)
from valhub.evaluation.execution.sandbox.seccomp import filter_program

# The last one is the working folder of an algorithm.
TMP_FOLDERS = ("/tmp", "/dev/shm", "/scratch")  # noqa: S108 - the sandbox's own

# Libraries reserve far more address space than they use; sampling watches what they use.
_ADDRESS_SPACE_SLACK = 8 * 1024**3
_PASSWD = b"algorithm:x:1000:1000::/tmp:/bin/sh\n"
_GROUP = b"algorithm:x:1000:\n"


class Arguments:
    """bubblewrap's arguments, with the sources of binds still open."""

    def __init__(self) -> None:
        self._words: list[str | Bind] = []

    @property
    def binds(self) -> list[Bind]:
        """Every file and folder of this machine that is shown."""
        return [word for word in self._words if isinstance(word, Bind)]

    def add(self, *words: str | Bind) -> None:
        """Add words, or a bind in their place."""
        self._words += words

    def with_sources(self, staged: dict[Path, str]) -> list[str]:
        """Write the command line, each bind's source where it has been staged."""
        words: list[str] = []
        for word in self._words:
            if isinstance(word, Bind):
                option = "--bind" if word.writable else "--ro-bind"
                words += [option, staged.get(word.source, str(word.source)), word.target]
            else:
                words.append(word)
        return words


def bubblewrap_arguments(
    command: Command, limits: Sequence[str], info_fd: int, given: list[int], run: str
) -> Arguments:
    """Build the command line of a command.

    Parameters
    ----------
    limits : sequence of str
        What `prlimit` gave, to be started inside before the command.
    info_fd : int
        Where bubblewrap reports its first process.
    given : list of int
        Takes the descriptors that bubblewrap is to inherit.
    run : str
        The run's name, by which its processes can be found.
    """
    arguments = Arguments()
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


def _add_system(arguments: Arguments, command: Command, given: list[int]) -> None:
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


def _add_temporary(arguments: Arguments, limits: SandboxLimits) -> None:
    arguments.add("--proc", "/proc", "--dev", "/dev")
    for folder in TMP_FOLDERS:
        arguments.add("--perms", "1777", "--size", str(limits.tmp_bytes), "--tmpfs", folder)
    arguments.add("--remount-ro", "/dev")


def _environment(command: Command) -> dict[str, str]:
    return {
        "PATH": SYSTEM_PATH,
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


def prlimit(limits: SandboxLimits, *, grouped: bool) -> list[str]:
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
