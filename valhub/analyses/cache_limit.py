"""How much of a machine's disk its cache takes: what was used longest ago is removed first.

    <engine cache>/environments     a quarter of VALHUB_CACHE_BYTES, with the installer's own cache
                   packages, data, archives, checks     the rest, together

Nothing in use is removed, and no environment that was made a moment ago. What was removed is
fetched or made again when it is needed.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from django.conf import settings

from valhub.evaluation.packages.check_cache import CHECKS
from valhub.evaluation.packages.files.cache_entries import trim

log = logging.getLogger(__name__)


class Prunable(Protocol):
    """The part used here of the engine's store of environments, which only workers load."""

    def prune(self, limit_bytes: int, *, spare_s: float) -> object:
        """Remove what was used longest ago until the rest is within the limit.

        Except what was used within so many seconds.
        """


PACKAGES, DATA, ARCHIVES = "packages", "data", "archives"
_FILES = (PACKAGES, DATA, ARCHIVES, CHECKS)
# Going through all environments can take a second.
_TRIM_EVERY_S = 60.0
# A run whose environment was just made may have to wait for a worker.
_SPARE_S = 900.0


def cache_folder(name: str) -> Path:
    """Return one of the cache's folders, made when missing, and closed to other users."""
    folder: Path = settings.ENGINE_CACHE / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def trim_files() -> None:
    """Bring packages, data, archives and results of checks down to their share."""
    folders = [settings.ENGINE_CACHE / name for name in _FILES]
    with _troubles_logged():
        trim(
            [folder for folder in folders if folder.is_dir()],
            settings.CACHE_BYTES - _environments_share(),
        )


def trim_cache(environments: Prunable, *, every_s: float = _TRIM_EVERY_S) -> bool:
    """Bring all of this machine's cache down to its limit.

    Parameters
    ----------
    environments : Prunable
        The machine's environments.
    every_s : float
        How long to leave it alone after it was last trimmed on this machine, in seconds.

    Returns
    -------
    bool
        Whether that was done; another process may be trimming, or have done so a moment ago.
    """
    with _troubles_logged(), _turn(settings.ENGINE_CACHE / ".trimmed", every_s) as mine:
        if mine:
            environments.prune(_environments_share(), spare_s=_SPARE_S)
            trim_files()
        return mine
    return False


@contextmanager
def _troubles_logged() -> Iterator[None]:
    """Log what the disk refuses: who needs space reports that, not the process that trims."""
    try:
        yield
    except OSError:
        log.exception("trimming_failed")


def _environments_share() -> int:
    return int(settings.CACHE_BYTES) // 4


@contextmanager
def _turn(mark: Path, every_s: float) -> Iterator[bool]:
    """Give one process at a time its turn, and none before some time has passed."""
    with mark.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        mine = time.time() - os.fstat(file.fileno()).st_mtime >= every_s
        yield mine
        if mine:
            os.utime(file.fileno())
