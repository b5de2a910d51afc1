"""What every sandbox offers: start one command with limits, measure it from outside, end it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from valhub.evaluation.errors import EvaluationError

GIB = 1024**3
MIB = 1024**2
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class NoSandbox(EvaluationError):
    """There is no working sandbox on this machine, and untrusted code never runs without one."""

    code = "no-sandbox"


class LimitsLost(Exception):
    """A sandbox's control group is gone while it runs, and with it limits and measurements."""


class Stopped(Enum):
    """Whether processes of a sandbox are stopped, as by SIGSTOP."""

    NONE = auto()
    INSIDE = auto()  # Whoever is inside could have done this, too.
    WHOLE = auto()  # Its first process is stopped, which nothing inside can do.


@dataclass(frozen=True)
class Bind:
    """A file or folder of this machine, shown inside at `target`; read-only unless it says not."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class SandboxLimits:
    """What the whole process tree inside may use at most.

    Attributes
    ----------
    memory_bytes : int
        Memory of all processes together, with their files.
    processes : int
        Processes and threads together.
    tmp_bytes, tmp_inodes : int
        Size of each writable folder, and how many files all of them may hold.
    cores : float
        Share of processors, where control groups can enforce it.
    open_files : int
        Descriptors of one process.
    file_bytes : int
        Size of one file.
    """

    memory_bytes: int = GIB
    processes: int = 256
    tmp_bytes: int = 256 * MIB
    tmp_inodes: int = 20_000
    cores: float = 1.0
    open_files: int = 1024
    file_bytes: int = GIB


@dataclass(frozen=True)
class Command:
    """What to run inside, and what it sees.

    Attributes
    ----------
    argv : sequence of str
        Program and arguments, by their paths inside.
    interpreter : Path or None
        Prefix of a Python installation, shown at the same path inside.
    loopback : bool
        Let TCP reach the sandbox's own loopback; there is never a way out of it.
    keeps_files : bool
        Run as one fixed account instead of a throw-away one, so that files it writes in its
        writable binds can be written again by its next run. Only for the hub's own programs.
    """

    argv: Sequence[str]
    binds: Sequence[Bind] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    limits: SandboxLimits = SandboxLimits()
    interpreter: Path | None = None
    loopback: bool = False
    keeps_files: bool = False
    cwd: str = "/tmp"  # noqa: S108 - the sandbox's own


@dataclass(frozen=True)
class Usage:
    """What a sandbox has used, read from outside it.

    Attributes
    ----------
    cpu_s : float or None
        Processor seconds of every process that was ever inside; None without control groups.
    peak_memory_bytes : int
        Highest use since the last reset; without control groups of what was sampled.
    tmp_inodes : int
        0 when no file is left.
    oom_kills : int
        How many processes the kernel ended because memory ran out, here or in all of the machine.
    ooms : int or None
        How often memory ran out at the sandbox's own limit; None where nothing counts that.
    limit_hits : int or None
        How often its memory came up to that limit, also where some could be freed again.
    """

    cpu_s: float | None
    memory_bytes: int
    peak_memory_bytes: int
    processes: int
    tmp_inodes: int
    oom_kills: int
    ooms: int | None = None
    limit_hits: int | None = None


class Process(Protocol):
    """A running sandbox. A context manager: leaving it ends everything inside."""

    @property
    def pid(self) -> int:
        """Its first process, by its number outside; 0 where that is not known."""

    def usage(self) -> Usage:
        """Read what all processes inside have used so far; raises `LimitsLost`."""

    def reset_peak(self) -> None:
        """Start a new measurement of peak memory; raises `LimitsLost`."""

    def stopped(self) -> Stopped:
        """Whether processes inside are stopped now."""

    def memory_is_full(self) -> bool:
        """Whether nearly all memory up to the limit is in use and cannot be freed."""

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for the command's exit status; raises `subprocess.TimeoutExpired`."""

    def kill(self) -> None:
        """End every process inside, and return when none is left."""

    def close(self) -> None:
        """Kill, and give back everything the sandbox held on this machine."""

    def __enter__(self) -> "Process": ...

    def __exit__(self, *exc: object) -> None: ...


class Sandbox(Protocol):
    """A way to run untrusted code."""

    name: str

    @property
    def accounts(self) -> bool:
        """Whether the kernel accounts for what is used, so that nothing inside can evade it."""

    def start(
        self,
        command: Command,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Process:
        """Start a command inside.

        Descriptors in `pass_fds` keep their numbers inside; no other is inherited. The standard
        streams take the values of `subprocess.Popen` and default to `/dev/null`.
        """
