"""How much disk a tree takes, how it is made read-only, and how it is removed."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from valhub.evaluation.execution.environments.errors import InstallFailed

_BLOCK_BYTES = 512  # the unit of st_blocks, whatever the file system's own


@dataclass(frozen=True)
class DiskUse:
    """How many bytes on disk some files take, and how many files they are."""

    bytes: int
    files: int


def installed(root: Path) -> DiskUse:
    """Measure every file below `root`, shared with others or not."""
    return _use(_files(root))


def store_bytes(root: Path) -> int:
    """Return the bytes on disk of a tree that holds every name of its files.

    A file with several names counts in equal parts under each, so that nothing counts twice.
    """
    return round(sum(file.st_blocks * _BLOCK_BYTES / file.st_nlink for file in _files(root)))


def bytes_freed_with(root: Path) -> int:
    """Return the bytes that removing `root` would free: files without another name elsewhere."""
    return sum(file.st_blocks * _BLOCK_BYTES for file in _files(root) if file.st_nlink == 1)


def written_since(root: Path, moment: float) -> DiskUse:
    """Measure the files below `root` that were written, or linked, since a moment.

    Parameters
    ----------
    moment : float
        Seconds since the epoch.
    """
    recent = (file for file in _files(root) if file.st_ctime >= moment)
    return _use({file.st_ino: file for file in recent}.values())


def _use(files: Iterable[os.stat_result]) -> DiskUse:
    sizes = [file.st_blocks * _BLOCK_BYTES for file in files]
    return DiskUse(sum(sizes), len(sizes))


def make_read_only(root: Path) -> None:
    """Remove all write permissions below `root`, and all set-user-id bits.

    Raises
    ------
    InstallFailed
        When there is anything but regular files and folders.
    """
    for place, _, names in os.walk(root, topdown=False):
        for name in names:
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode):
                raise InstallFailed(f"A package installed {name}, which is not a regular file.")
            path.chmod(0o555 if mode & stat.S_IXUSR else 0o444)
        Path(place).chmod(0o555)


def remove_tree(root: Path) -> None:
    """Remove a tree, also one that was made read-only; one that does not exist is fine."""
    if root.exists():
        for place, _, _ in os.walk(root):
            Path(place).chmod(0o755)
        shutil.rmtree(root)


def _files(root: Path) -> Iterator[os.stat_result]:
    for place, _, names in os.walk(root):
        for name in names:
            try:
                yield Path(place, name).lstat()
            except FileNotFoundError:
                continue  # uv removes its temporary files while they are counted
