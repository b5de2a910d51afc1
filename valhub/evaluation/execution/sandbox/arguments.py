"""bubblewrap's command line: what is shown inside, with which limits, under which filter."""

import os
from collections.abc import Sequence
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import Bind, Command, SandboxLimits
from valhub.evaluation.execution.sandbox.seccomp import filter_program
from valhub.evaluation.execution.sandbox.surroundings import (
    GROUP,
    PASSWD,
    TMP_FOLDERS,
    environment,
    system_places,
)


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
        Where bubblewrap tells its first process.
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
    for name, value in environment(command).items():
        arguments.add("--setenv", name, value)
    given.append(_data_fd(filter_program(loopback=command.loopback)))
    arguments.add("--seccomp", str(given[-1]), "--chdir", command.cwd)
    arguments.add("--", *limits, *command.argv)
    return arguments


def _add_system(arguments: Arguments, command: Command, given: list[int]) -> None:
    for place in system_places(command):
        if isinstance(place, Bind):
            arguments.add(place)
        else:
            arguments.add("--symlink", place.leads_to, place.path)
    for content, target in ((PASSWD, "/etc/passwd"), (GROUP, "/etc/group")):
        given.append(_data_fd(content))
        arguments.add("--perms", "0444", "--ro-bind-data", str(given[-1]), target)


def _add_temporary(arguments: Arguments, limits: SandboxLimits) -> None:
    arguments.add("--proc", "/proc", "--dev", "/dev")
    for folder in TMP_FOLDERS:
        arguments.add("--perms", "1777", "--size", str(limits.tmp_bytes), "--tmpfs", folder)
    arguments.add("--remount-ro", "/dev")


def _data_fd(content: bytes) -> int:
    """Descriptor from which `content` can be read once."""
    fd = os.memfd_create("valhub")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
