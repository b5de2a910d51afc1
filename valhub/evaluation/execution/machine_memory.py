"""How much memory this machine, or the container that this process is in, can give at most."""

import os
from functools import cache
from pathlib import Path

_CONTROL_GROUPS = Path("/sys/fs/cgroup")


@cache
def machine_memory_bytes() -> int:
    """Return the physical memory, or the limit of this process' control groups if that is less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    groups = Path("/proc/self/cgroup")
    lines = groups.read_text().splitlines() if groups.exists() else []
    return min([physical, *group_limits(lines, _CONTROL_GROUPS)])


def group_limits(lines: list[str], mounted: Path) -> list[int]:
    """Read the memory limits of control groups and of those above them, in either version.

    Parameters
    ----------
    lines : list of str
        Of `/proc/self/cgroup`: `id:controllers:path`, without controllers in version 2.
    mounted : Path
        Where the groups are mounted.
    """
    found = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            found += _upwards(mounted, path, "memory.max")
        elif "memory" in controllers.split(","):
            found += _upwards(mounted / "memory", path, "memory.limit_in_bytes")
    return found


def _upwards(root: Path, path: str, file: str) -> list[int]:
    group = root / path.lstrip("/")
    # Inside a container the path is that of the host, and the container's own group is the root.
    folders = [folder for folder in (group, *group.parents) if folder.is_relative_to(root)]
    texts = [(folder / file).read_text().strip() for folder in folders if (folder / file).is_file()]
    return [int(text) for text in texts if text.isdecimal()]
