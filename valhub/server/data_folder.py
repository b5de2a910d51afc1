"""The folder that holds everything the hub keeps; one hub at a time lives in it."""

import fcntl
import io
import os
from pathlib import Path

from valhub.server.refusals import DataInUse, DataNotWritable


def take_data_folder(folder: Path) -> io.TextIOWrapper:
    """Make the folder and take it for as long as the file that is returned stays open.

    Raises
    ------
    DataInUse
        Another hub on this machine has taken it.
    DataNotWritable
        It cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "hub.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise DataNotWritable(
            f"The hub's data cannot be kept in {folder}: {error.strerror}. "
            "Name a folder that you may write with --data."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise DataInUse(
            f"Another hub (process {holder}) keeps its data in {folder}. Stop it, or name another "
            "folder with --data."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
