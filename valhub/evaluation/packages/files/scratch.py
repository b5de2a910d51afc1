"""Private temporary folders that do not outlive the process that made them for long.

A process that is killed cannot clean up. Each folder therefore has a lock that ends with its
process, and making the next folder removes those whose lock is free.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "valhub-scratch-"


@contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """Make a folder that only this user can read, and remove it at the end.

    Parameters
    ----------
    within : Path, optional
        Where; the system's folder for temporary files by default.

    Yields
    ------
    Path
        The empty folder, with mode 0700.
    """
    parent = within or Path(tempfile.gettempdir())
    _remove_abandoned(parent)
    folder, lock = _locked_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def _locked_folder(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        try:
            lock = _open_folder(folder)
        except FileNotFoundError:
            continue  # Another process took it for an abandoned one before it was locked.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            lock = _open_folder(folder)
        except OSError:
            continue  # Another user's, or gone by now.
        try:
            if os.fstat(lock).st_uid == os.geteuid() and _is_free(lock):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _is_free(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
