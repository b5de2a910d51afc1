"""The processes of a hub, and which part each of them plays."""

from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Of the hub itself, which the supervisor keeps running.
LASTING = ("supervisor", "web server", "web process", "worker", "sweeper")
# Of one sandbox, from outside to inside; the child is forked for one call.
NESTED = ("outer bwrap", "inner bwrap", "guest", "child")
# What reads an upload or prepares data, what makes environments, and what it runs in sandboxes.
PASSING = ("reader", "builder", "installer")
ROLES = (*LASTING, *NESTED, *PASSING)
# The last words of a command that tell what the supervisor runs.
_COMMANDS = {"worker": "worker", "sweep": "sweeper"}
# `clock_nanosleep` and `select` of x86-64: in one of them Python sleeps.
_SLEEPING = ("230", "23")
_BUILDS = "valhub.server build "


@dataclass(frozen=True)
class Member:
    """A process and its part.

    Attributes
    ----------
    under : int
        The worker or builder it belongs to, if any.
    sandbox : int
        The first process of the sandbox it is in, if any.
    """

    pid: int
    role: str
    under: int = 0
    sandbox: int = 0


def processes() -> dict[int, tuple[int, str]]:
    """Every process' parent and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_text().replace("\0", " ").strip()
            found[int(folder.name)] = parent, command
    return found


def members(supervisors: Set[int]) -> list[Member]:
    """Everybody who belongs to some supervisors, themselves included."""
    known = processes()
    found = [Member(pid, "supervisor") for pid in supervisors if pid in known]
    for pid in children_of(supervisors, known):
        found += _part_of_hub(pid, known)
    return found


def _part_of_hub(pid: int, known: Mapping[int, tuple[int, str]]) -> list[Member]:
    """What the supervisor runs as one process, and all below it."""
    command = known[pid][1]
    if "gunicorn" in command:
        web = sorted(children_of({pid}, known))
        readers = [Member(reader, "reader") for reader in children_of(set(web), known)]
        return [Member(pid, "web server"), *(Member(one, "web process") for one in web), *readers]
    role = _COMMANDS.get(command.rpartition(" ")[2])
    if role is None:
        # It has not begun to be what it will be: its command is still its parent's.
        return []
    below = [_below_worker(child, pid, known) for child in children_of({pid}, known)]
    return [Member(pid, role), *(member for some in below for member in some)]


def _below_worker(pid: int, worker: int, known: Mapping[int, tuple[int, str]]) -> list[Member]:
    """What a worker started: a sandbox with its processes, a reader of data, or a builder."""
    command = known[pid][1]
    if command.startswith("bwrap "):
        line = [pid]
        while len(line) < len(NESTED) and (inside := children_of({line[-1]}, known)):
            line.append(min(inside))
        first = line[1] if len(line) > 1 else 0
        return [Member(one, role, worker, first) for one, role in zip(line, NESTED, strict=False)]
    if _BUILDS in command:
        inside = [Member(one, "installer", pid) for one in descendants_of(pid, known)]
        return [Member(pid, "builder", pid), *inside]
    # The janitor of a run is nobody's part: it is there to outlive everybody.
    is_reader = "python" in command.partition(" ")[0]
    return [Member(pid, "reader", worker)] if is_reader else []


def children_of(parents: Set[int], known: Mapping[int, tuple[int, str]]) -> set[int]:
    return {pid for pid, (parent, _) in known.items() if parent in parents}


def is_in_algorithm(pid: int) -> bool:
    """Whether the child of a guest is in a pause of the algorithm that it calls.

    Nothing else in there sleeps for a time; a child that has no call yet waits to read.
    """
    try:
        return Path(f"/proc/{pid}/syscall").read_text().split()[0] in _SLEEPING
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_stopped(pid: int) -> bool:
    """Whether a process stands still, or is gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "TZX"


def descendants_of(pid: int, known: Mapping[int, tuple[int, str]]) -> set[int]:
    found: set[int] = set()
    while below := children_of({pid, *found}, known) - found:
        found |= below
    return found
