"""The hub's files are its own user's: no other account of the machine reads what it keeps.

Every process of the hub sets the umask first, so that all it makes is private. What an earlier
release left open to others is closed when a part of the hub starts. What somebody asks a command to
write for them, as `valhub run --json` does, keeps the umask of their own shell.
"""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from valhub.cloud.databases import SQLITE

log = logging.getLogger(__name__)

PRIVATE_UMASK = 0o077
# The hub's own entries in its data folder, and in the cache where that is elsewhere.
_IN_DATA = ("cache", "files", "hub.lock", "secret-key", "uploads")
_IN_CACHE = ("archives", "checks", "data", "environments", "packages", "sandbox")
# SQLite keeps these beside its file.
_OF_A_DATABASE = ("", "-journal", "-shm", "-wal")


def keep_files_private() -> None:
    """Make what this process creates, and all that it starts, readable by its own user alone."""
    os.umask(PRIVATE_UMASK)


def close_to_others() -> None:
    """Take from other accounts what an earlier release let them read.

    A data folder that also holds what is not the hub's stays as open as it is; the hub's own
    entries in it are closed, whatever is below them.
    """
    for path in _own_entries():
        try:
            _close(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            log.warning("left_open path=%s reason=%s", path, error.strerror)


def _own_entries() -> Iterator[Path]:
    database = settings.DATABASES["default"]
    names = {str(database["NAME"])} if database["ENGINE"] == SQLITE else set()
    files = [Path(f"{name}{end}") for name in names for end in _OF_A_DATABASE]
    own = [*files, *(settings.DATA / name for name in _IN_DATA)]
    with suppress(OSError):
        if all(path in own for path in settings.DATA.iterdir()):
            yield settings.DATA
    yield from own
    yield from (settings.ENGINE_CACHE / name for name in _IN_CACHE)


def _close(path: Path) -> None:
    """Close a file or folder; one of another owner, who decides about it, stays as it is."""
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == os.geteuid() and mode & PRIVATE_UMASK:
        path.chmod(mode & ~PRIVATE_UMASK)
