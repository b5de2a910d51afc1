"""The folder that holds everything the hub keeps; one hub at a time lives in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from valhub.server.errors import DataNotWritable, StartError


@contextmanager
def take_data_folder(folder: Path) -> Iterator[bool]:
    """Make the folder and take it for as long as the block runs.

    Yields
    ------
    bool
        Whether the hub that had it before was killed: its name is still in the lock.

    Raises
    ------
    StartError
        Another hub on this machine has taken it.
    DataNotWritable
        It cannot be made or written.
    """
    with _open_lock(folder) as lock:
        _lock(lock, folder)
        lock.seek(0)
        was_killed = bool(lock.read())
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield was_killed
        lock.truncate(0)


def _open_lock(folder: Path) -> TextIO:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return (folder / "hub.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise DataNotWritable(
            f"The hub's data cannot be written to {folder}: {error.strerror}. "
            "Name a folder that you can write to with --data."
        ) from error


def _lock(lock: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        raise StartError(
            f"Another hub (process {holder}) uses the data folder {folder}. Stop it, or name "
            "another folder with --data.",
            code="data-in-use",
        ) from error
