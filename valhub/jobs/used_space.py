"""How much disk space the parts of a hub use on this machine."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from valhub.cloud.whole_files import WholeFileStorage
from valhub.evaluation.execution.environments.disk_use import store_bytes
from valhub.jobs.clock import ago
from valhub.jobs.models import Space
from valhub.jobs.services.disks import machine_name, record_space

DATABASE = "database"
# To look at every file of a large cache takes seconds.
_EVERY = timedelta(minutes=5)
_SIZES = {
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT sum(data_length + index_length) FROM information_schema.tables "
    "WHERE table_schema = database()",
}


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
        DATABASE: _size_of_database(),
    }


def measure_space() -> None:
    """Measure it for everybody, unless that was done a short while ago."""
    new = Space.objects.filter(machine=machine_name(), what=DATABASE, measured_at__gt=ago(_EVERY))
    if not new.exists():
        record_space(used_bytes())


def _size_of_database() -> int | None:
    if connection.vendor in _SIZES:
        with connection.cursor() as cursor:
            cursor.execute(_SIZES[connection.vendor])
            return int(cursor.fetchone()[0])
    path = Path(connection.settings_dict["NAME"])
    parts = (path.with_name(f"{path.name}{ending}") for ending in ("", "-wal", "-shm"))
    return sum(part.stat().st_size for part in parts if part.exists())
