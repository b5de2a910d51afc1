"""How much disk space the parts of a hub use on this machine."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from valhub.cloud.whole_files import WholeFileStorage


def used_bytes() -> Mapping[str, int | None]:
    """Measure stored files, arriving uploads, the cache and the database.

    Returns
    -------
    mapping of str to int or None
        Bytes; None for what is on another machine.
    """
    in_folder = isinstance(storages["default"], WholeFileStorage)
    return {
        "files": _size(settings.MEDIA_ROOT) if in_folder else None,
        "uploads": _size(settings.DATA / "uploads"),
        "cache": _size(settings.ENGINE_CACHE),
        "database": _size_of_database(),
    }


def _size_of_database() -> int | None:
    if connection.vendor != "sqlite":
        return None
    path = Path(connection.settings_dict["NAME"])
    parts = (path.with_name(f"{path.name}{ending}") for ending in ("", "-wal", "-shm"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _size(folder: Path) -> int:
    """Sum up what the files below a folder take on the disk; those that vanish count as nothing."""
    return sum(_blocks(folder))


def _blocks(folder: Path) -> Iterator[int]:
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                yield (Path(place) / name).lstat().st_blocks * 512
            except FileNotFoundError:
                continue
