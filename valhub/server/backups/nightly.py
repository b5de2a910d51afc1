"""Backups that a timer takes: one folder for each, of which the last few stay.

Files that the last one has are linked, so a further backup takes the space of what is new.
"""

import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from valhub.console import echo
from valhub.server.backups.errors import BackupError
from valhub.server.backups.manifest import NAME as MANIFEST
from valhub.server.backups.taking import take_backup

_FORMAT = "%Y-%m-%dT%H%M%SZ"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")


def take_next_backup(parent: Path, *, keep: int) -> None:
    """Take a backup into a new folder below `parent`, and remove all but the last `keep`.

    One that was interrupted is removed too. Nothing is removed when the new one is not complete.

    Raises
    ------
    BackupError
        As `take_backup`, or another backup is being taken there.
    """
    with _alone(parent):
        complete = _complete(parent)
        folder = parent / datetime.now(UTC).strftime(_FORMAT)
        take_backup(folder, complete[-1] if complete else None)
        kept = _complete(parent)[-keep:]
        for other in _backups(parent):
            if other not in kept:
                _remove(other)


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Keep others from taking a backup here meanwhile."""
    try:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (parent / ".lock").open("w")
    except OSError as error:
        raise BackupError(
            f"Backups cannot be written to {parent}: {error.strerror}. Name a folder that you can "
            "write to.",
            code="parent-not-writable",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                f"Another backup is being taken in {parent}. Wait for it to end.",
                code="backup-running",
            ) from None
        yield


def _backups(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if _NAME.fullmatch(path.name))


def _complete(parent: Path) -> list[Path]:
    return [path for path in _backups(parent) if (path / MANIFEST).is_file()]


def _remove(backup: Path) -> None:
    """Remove a backup; killed halfway, it is no complete one."""
    (backup / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(backup)
    echo(f"Removed {backup}.")
