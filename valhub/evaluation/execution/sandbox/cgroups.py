"""Control groups: memory, processes and processors of a whole sandbox, version 1 and version 2.

One group a sandbox, below the group this process is in, made before anything runs in it and removed
after. Where this process may not make groups (a plain user without delegation), there are none, and
the host watches the limits by sampling instead.
"""

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from valhub.evaluation.execution.sandbox.interface import SandboxLimits

_PERIOD_US = 100_000
_SUPERVISOR = "valhub-supervisor"
_REMOVE_WITHIN_S = 5.0
_V1_CONTROLLERS = ("memory", "pids", "cpu", "cpuacct")
_V2_CONTROLLERS = ("memory", "pids", "cpu")


class Group(Protocol):
    """The control group of one sandbox, whichever version the kernel speaks."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder of the group."""

    def cpu_s(self) -> float:
        """Processor seconds used by everything that was ever in the group."""

    def memory_bytes(self) -> int:
        """Memory in use now."""

    def peak_memory_bytes(self) -> int:
        """Highest memory use since the last reset."""

    def reset_peak(self) -> None:
        """Start a new measurement of the peak."""

    def processes(self) -> int:
        """How many processes are in the group."""

    def oom_kills(self) -> int:
        """How many processes the kernel killed because memory ran out, here or anywhere."""

    def ooms(self) -> int | None:
        """How often memory ran out at this group's own limit; None where that is not counted."""

    def limit_hits(self) -> int | None:
        """How often memory came up to the limit, also where some could be freed again."""

    def kept_memory_bytes(self) -> int:
        """Memory in use that cannot be freed: no cached files on a disk."""


class Hierarchy(Protocol):
    """Where this process may make groups."""

    @property
    def version(self) -> int:
        """1 or 2."""

    @property
    def parents(self) -> tuple[Path, ...]:
        """Folders that groups are made in."""

    def create(self, name: str, limits: SandboxLimits) -> Group:
        """Make a group with limits; nothing is in it yet."""


def _write(path: Path, value: object) -> None:
    path.write_text(str(value))


def _number(path: Path) -> int:
    text = path.read_text().strip()
    return int(text) if text.isdecimal() else 0


def _field(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


@dataclass(frozen=True)
class GroupV1:
    """One folder in each controller's own tree."""

    memory: Path
    pids: Path
    cpu: Path
    cpuacct: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder of the group; controllers that are mounted together share one."""
        return tuple(dict.fromkeys((self.memory, self.pids, self.cpu, self.cpuacct)))

    def limit(self, limits: SandboxLimits) -> None:
        """Write the limits."""
        _write(self.memory / "memory.limit_in_bytes", limits.memory_bytes)
        swap = self.memory / "memory.memsw.limit_in_bytes"
        if swap.exists():
            _write(swap, limits.memory_bytes)
        _write(self.pids / "pids.max", limits.processes)
        _write(self.cpu / "cpu.cfs_period_us", _PERIOD_US)
        _write(self.cpu / "cpu.cfs_quota_us", int(limits.cores * _PERIOD_US))

    def cpu_s(self) -> float:
        return _number(self.cpuacct / "cpuacct.usage") / 1e9

    def memory_bytes(self) -> int:
        return _number(self.memory / "memory.usage_in_bytes")

    def peak_memory_bytes(self) -> int:
        return _number(self.memory / "memory.max_usage_in_bytes")

    def reset_peak(self) -> None:
        _write(self.memory / "memory.max_usage_in_bytes", 0)

    def processes(self) -> int:
        return len((self.pids / "cgroup.procs").read_text().split())

    def oom_kills(self) -> int:
        return _field(self.memory / "memory.oom_control", "oom_kill")

    def ooms(self) -> int | None:
        return None

    def limit_hits(self) -> int | None:
        # Not every kernel counts `memory.failcnt`.
        return None

    def kept_memory_bytes(self) -> int:
        stat = self.memory / "memory.stat"
        return _field(stat, "total_rss") + _field(stat, "total_shmem")


@dataclass(frozen=True)
class GroupV2:
    """One folder in the unified tree."""

    folder: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        """The one folder."""
        return (self.folder,)

    def limit(self, limits: SandboxLimits) -> None:
        """Write the limits."""
        _write(self.folder / "memory.max", limits.memory_bytes)
        swap = self.folder / "memory.swap.max"
        if swap.exists():
            _write(swap, 0)
        _write(self.folder / "pids.max", limits.processes)
        _write(self.folder / "cpu.max", f"{int(limits.cores * _PERIOD_US)} {_PERIOD_US}")

    def cpu_s(self) -> float:
        return _field(self.folder / "cpu.stat", "usage_usec") / 1e6

    def memory_bytes(self) -> int:
        return _number(self.folder / "memory.current")

    def peak_memory_bytes(self) -> int:
        # Kernels before 5.19 keep no peak.
        peak = self.folder / "memory.peak"
        return _number(peak) if peak.exists() else self.memory_bytes()

    def reset_peak(self) -> None:
        # Kernels before 6.12 refuse; the peak then is the sandbox's, not the call's.
        with contextlib.suppress(OSError):
            _write(self.folder / "memory.peak", "reset")

    def processes(self) -> int:
        return len((self.folder / "cgroup.procs").read_text().split())

    def oom_kills(self) -> int:
        return _field(self.folder / "memory.events", "oom_kill")

    def ooms(self) -> int | None:
        return _field(self.folder / "memory.events", "oom")

    def limit_hits(self) -> int | None:
        return _field(self.folder / "memory.events", "max")

    def kept_memory_bytes(self) -> int:
        stat = self.folder / "memory.stat"
        return _field(stat, "anon") + _field(stat, "shmem")


@dataclass(frozen=True)
class HierarchyV1:
    """The trees of version 1, one a controller."""

    trees: dict[str, Path]
    version: int = 1

    @property
    def parents(self) -> tuple[Path, ...]:
        """Folders that groups are made in."""
        return tuple(dict.fromkeys(self.trees.values()))

    def create(self, name: str, limits: SandboxLimits) -> GroupV1:
        group = GroupV1(**{key: tree / name for key, tree in self.trees.items()})
        _make(group, limits)
        return group


@dataclass(frozen=True)
class HierarchyV2:
    """The one tree of version 2."""

    tree: Path
    version: int = 2

    @property
    def parents(self) -> tuple[Path, ...]:
        """The folder that groups are made in."""
        return (self.tree,)

    def create(self, name: str, limits: SandboxLimits) -> GroupV2:
        group = GroupV2(self.tree / name)
        _make(group, limits)
        return group


def _make(group: GroupV1 | GroupV2, limits: SandboxLimits) -> None:
    made = []
    try:
        for folder in group.folders:
            folder.mkdir()
            made.append(folder)
        group.limit(limits)
    except OSError:
        remove(made)
        raise


def remove(folders: Iterable[Path]) -> None:
    """Remove empty groups; the kernel calls one busy for a moment after its last process died."""
    for folder in folders:
        deadline = time.monotonic() + _REMOVE_WITHIN_S
        while folder.exists():
            try:
                folder.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def detect(
    mounts: Path = Path("/proc/self/mountinfo"), groups: Path = Path("/proc/self/cgroup")
) -> Hierarchy | None:
    """Find where this process may make groups with all limits; None when nowhere.

    Parameters
    ----------
    mounts, groups : Path
        The kernel's own descriptions of this process' mounts and groups.
    """
    own = _own_groups(groups)
    unified, trees = _trees(mounts, own)
    if set(_V1_CONTROLLERS) <= trees.keys():
        if all(os.access(tree, os.W_OK) for tree in trees.values()):
            return HierarchyV1({name: trees[name] for name in _V1_CONTROLLERS})
        return None
    if unified is None:
        return None
    tree = unified.parent if unified.name == _SUPERVISOR else unified
    return HierarchyV2(tree) if os.access(tree, os.W_OK) and _delegate(tree) else None


def _own_groups(groups: Path) -> dict[str, str]:
    """Group path by controller; the unified tree has no controllers, and the key ''."""
    own = {}
    for line in groups.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            own[controller] = path
    return own


def _trees(mounts: Path, own: dict[str, str]) -> tuple[Path | None, dict[str, Path]]:
    unified = None
    trees = {}
    for line in mounts.read_text().splitlines():
        left, _, right = line.partition(" - ")
        root, point = left.split()[3:5]
        kind, _, options = right.split()[:3]
        if kind == "cgroup2" and "" in own:
            unified = _below(point, root, own[""])
        elif kind == "cgroup":
            for controller in set(options.split(",")) & set(_V1_CONTROLLERS) & own.keys():
                trees[controller] = _below(point, root, own[controller])
    return unified, trees


def _below(point: str, root: str, group: str) -> Path:
    """Folder of a group in a tree that may be mounted from below its top, as in containers."""
    inside = os.path.relpath(group, root)
    return Path(point) if inside.startswith("..") else Path(point, inside)


def _delegate(tree: Path) -> bool:
    """Let groups below `tree` have controllers of their own.

    A group with processes in it cannot delegate controllers, so this process moves into a leaf
    of its own first. That is what a service manager's delegation is for.
    """
    available = (tree / "cgroup.controllers").read_text().split()
    if not set(_V2_CONTROLLERS) <= set(available):
        return False
    control = tree / "cgroup.subtree_control"
    wanted = " ".join(f"+{name}" for name in _V2_CONTROLLERS)
    if set(_V2_CONTROLLERS) <= set(control.read_text().split()):
        return True
    try:
        _write(control, wanted)
    except OSError:
        try:
            leaf = tree / _SUPERVISOR
            leaf.mkdir(exist_ok=True)
            for pid in (tree / "cgroup.procs").read_text().split():
                _write(leaf / "cgroup.procs", pid)
            _write(control, wanted)
        except OSError:
            return False
    return True
