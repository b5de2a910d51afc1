"""What a command finds around it inside, whichever way the sandbox is made.

The places of this machine it sees, its environment and the limits of each of its processes.
"""

from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.execution.sandbox.interface import Bind, Command, SandboxLimits

TMP_FOLDERS = ("/tmp", "/dev/shm")  # noqa: S108 - the sandbox's own
PASSWD = b"algorithm:x:1000:1000::/tmp:/bin/sh\n"
GROUP = b"algorithm:x:1000:\n"

# Libraries reserve far more address space than they use; sampling watches what they use.
_ADDRESS_SPACE_SLACK = 8 * 1024**3


@dataclass(frozen=True)
class Link:
    """A symbolic link inside."""

    leads_to: str
    path: str


def system_places(command: Command) -> list[Bind | Link]:
    """What of this machine's system a command sees, and where: programs and libraries alone."""
    places: list[Bind | Link] = [Bind(Path("/usr"), "/usr")]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            places.append(Link(str(path.readlink()), str(path)))
        elif path.is_dir():
            places.append(Bind(path, str(path)))
    settings = (Path("/etc/ld.so.cache"), Path("/etc/alternatives"))
    places += [Bind(path, str(path)) for path in settings if path.exists()]
    prefix = command.interpreter
    if prefix is not None and not prefix.is_relative_to("/usr"):
        places.append(Bind(prefix.resolve(), str(prefix)))
    return places


def environment(command: Command) -> dict[str, str]:
    """Build the whole environment of a command."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "TMPDIR": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **command.env,
    }


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
