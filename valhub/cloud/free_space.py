"""How much room this machine's disks have, and how much of it stays free.

A database that cannot write stops the whole hub, so uploads and work stop first.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from valhub.errors import StorageFull


class Disk(NamedTuple):
    """The bytes of a disk, all of them and those that are free."""

    size: int
    free: int


def disk_of(folder: Path) -> Disk:
    """Measure the disk that a folder is on, or will be on once it is made."""
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return Disk(usage.total, usage.free)


def is_nearly_full(folder: Path, *, incoming_bytes: int = 0) -> bool:
    """Whether its disk would have less than `VALHUB_RESERVED_BYTES` free."""
    return disk_of(folder).free - incoming_bytes < settings.RESERVED_BYTES


def require_space(incoming_bytes: int) -> None:
    """Refuse an upload for which the disk has no room.

    Raises
    ------
    StorageFull
        Nothing was stored.
    """
    if is_nearly_full(settings.DATA, incoming_bytes=incoming_bytes):
        raise StorageFull
