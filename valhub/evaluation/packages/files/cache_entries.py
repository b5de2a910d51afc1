"""Folders and files kept on this machine because making them again takes long.

Each is an entry of a folder, named for its content. Every user holds a shared lock on it, which the
kernel releases when the process dies. An unused entry may be removed at any time, the one used
longest ago first: it is made again when needed. Names that begin with a dot, and scratch folders,
are not entries.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from valhub.evaluation.packages.files.scratch import PREFIX, scratch_folder

# Between making an entry and using it, it is held by nobody. This is much longer than that.
_SPARED_S = 60.0
_BLOCK_BYTES = 512  # the unit of st_blocks, whatever the file system's own


@dataclass(frozen=True)
class CacheEntry:
    """One entry.

    Attributes
    ----------
    path : Path
        A folder or a file.
    used_at : float
        When its last use began, in seconds since the epoch.
    disk_bytes : int
        Its size on the disk.
    """

    path: Path
    used_at: float
    disk_bytes: int


@contextmanager
def cache_entry(entry: Path, make: Callable[[], object]) -> Iterator[Path]:
    """Keep an entry from being removed inside the block, making it first when it is missing.

    Parameters
    ----------
    entry : Path
        Where it is.
    make : callable
        Makes it, complete and in one step, and never in the place of an existing one; any number
        of processes may do so at once.
    """
    while (lock := _lock(entry, fcntl.LOCK_SH)) is None:
        make()
    try:
        os.utime(lock)
        yield entry
    finally:
        os.close(lock)


def discard(entry: Path) -> None:
    """Remove an entry that is damaged, used or not; one that does not exist is fine."""
    with scratch_folder(entry.parent) as leaving, suppress(FileNotFoundError):
        entry.rename(leaving / entry.name)


def trim(folders: Sequence[Path], max_bytes: int) -> int:
    """Remove what was used longest ago until all entries of some folders are small enough.

    What is in use stays, and what was used within the last minute.

    Returns
    -------
    int
        Their size afterwards, in bytes.
    """
    entries = sorted(_entries(folders), key=lambda entry: entry.used_at)
    taken = sum(entry.disk_bytes for entry in entries)
    with ExitStack() as scratches:
        leaving = {each: scratches.enter_context(scratch_folder(each)) for each in folders}
        for entry in entries:
            if taken <= max_bytes or time.time() - entry.used_at < _SPARED_S:
                break
            if _taken_away(entry.path, leaving[entry.path.parent]):
                taken -= entry.disk_bytes
    return taken


def _entries(folders: Sequence[Path]) -> Iterator[CacheEntry]:
    for path in (path for folder in folders for path in folder.iterdir()):
        if path.name.startswith((".", PREFIX)):
            continue
        with suppress(FileNotFoundError):  # Another process has just removed it.
            found = path.stat()
            yield CacheEntry(path, found.st_mtime, _disk_bytes(path, found.st_ino))


@lru_cache(maxsize=4096)
def _disk_bytes(path: Path, _inode: int) -> int:
    """Measure an entry; once is enough, because it never changes."""
    if path.is_file():
        return path.stat().st_blocks * _BLOCK_BYTES
    places = ((Path(place), names) for place, _, names in os.walk(path))
    files = (place / name for place, names in places for name in names)
    return sum(file.lstat().st_blocks * _BLOCK_BYTES for file in files)


def _taken_away(entry: Path, leaving: Path) -> bool:
    """Move an entry into a folder that is about to be removed, unless it is in use."""
    lock = _lock(entry, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if lock is None:
        return False
    try:
        # Renamed first, so that no process ever finds half of it.
        entry.rename(leaving / entry.name)
    except FileNotFoundError:
        return False  # It was found damaged, and discarded.
    finally:
        os.close(lock)
    return True


def _lock(entry: Path, how: int) -> int | None:
    """Lock an entry; None when it is missing, or when others hold it and `how` does not wait."""
    try:
        lock = os.open(entry, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, how)
        if os.path.samestat(os.fstat(lock), entry.stat()):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(lock)
        raise
    os.close(lock)
    return None
