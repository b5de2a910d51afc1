"""The folder that holds everything the hub keeps; one hub at a time lives in it."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from django.conf import settings

from valhub.server.errors import DataNotWritable, StartError

_OTHER_DATA = "Name a folder that you can write to with --data."


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
    _require_writable(folder, "The hub's data", _OTHER_DATA)
    with (folder / "hub.lock").open("a+", encoding="ascii") as lock:
        _lock(lock, folder)
        lock.seek(0)
        was_killed = bool(lock.read())
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield was_killed
        lock.truncate(0)


def _require_writable(folder: Path, what: str, how: str) -> None:
    """Make a folder and see that files can be written in it, or raise `DataNotWritable`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise DataNotWritable(
            f"{what} cannot be written to {folder}: {error.strerror}. {how}"
        ) from error


def require_data() -> None:
    """Make the data folder, or raise `DataNotWritable`."""
    _require_writable(settings.DATA, "The hub's data", _OTHER_DATA)


def require_cache() -> None:
    """Make the folder of the cache, or raise `DataNotWritable`."""
    how = "Set VALHUB_CACHE to a folder that you can write to."
    _require_writable(settings.ENGINE_CACHE, "The cache", how)


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
