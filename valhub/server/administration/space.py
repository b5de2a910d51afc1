"""How much disk space the parts of a hub use on this machine."""

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from valhub.cloud.whole_files import WholeFileStorage
from valhub.evaluation.execution.environments.disk_use import store_bytes


def used_bytes() -> Mapping[str, int | None]:
    """Measure stored files, arriving uploads, the cache and the database.

    Returns
    -------
    mapping of str to int or None
        Bytes; None for what is on another machine.
    """
    in_folder = isinstance(storages["default"], WholeFileStorage)
    return {
        "files": store_bytes(settings.MEDIA_ROOT) if in_folder else None,
        "uploads": store_bytes(settings.DATA / "uploads"),
        "cache": store_bytes(settings.ENGINE_CACHE),
        "database": _size_of_database(),
    }


def _size_of_database() -> int | None:
    if connection.vendor != "sqlite":
        return None
    path = Path(connection.settings_dict["NAME"])
    parts = (path.with_name(f"{path.name}{ending}") for ending in ("", "-wal", "-shm"))
    return sum(part.stat().st_size for part in parts if part.exists())
