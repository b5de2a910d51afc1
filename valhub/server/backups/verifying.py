"""Making sure that a backup is whole, without a hub to restore it into."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from valhub.console import echo
from valhub.server.backups.errors import BackupDamaged
from valhub.server.backups.files import is_intact
from valhub.server.backups.manifest import Manifest, read_manifest
from valhub.server.backups.rows import table_file

_MOST_NAMED = 10


def verify_backup(folder: Path) -> None:
    """Count a backup's rows and hash its files.

    Raises
    ------
    BackupError
        It is no backup, or something of it is missing or not as it was written.
    """
    manifest = read_manifest(folder)
    damaged = [*_tables(manifest, folder), *_files(manifest, folder)]
    if damaged:
        listed = "; ".join(damaged[:_MOST_NAMED])
        more = f"; and {len(damaged) - _MOST_NAMED} more" if len(damaged) > _MOST_NAMED else ""
        raise BackupDamaged(f"The backup in {folder} is damaged: {listed}{more}. Use another one.")
    rows = sum(manifest.tables.values())
    echo(
        f"The backup of {manifest.taken_at:%Y-%m-%d %H:%M} UTC is whole: {rows:,} rows and "
        f"{len(manifest.files):,} files."
    )


def _tables(manifest: Manifest, folder: Path) -> Iterator[str]:
    for label, wanted in manifest.tables.items():
        try:
            with gzip.open(table_file(label, folder), "rb") as table:
                count = sum(1 for _ in table)
        except (OSError, EOFError, zlib.error) as error:
            yield f"table {label} cannot be read ({error})"
        else:
            if count != wanted:
                yield f"table {label} has {count:,} of {wanted:,} rows"


def _files(manifest: Manifest, folder: Path) -> Iterator[str]:
    for key, sha256 in manifest.files.items():
        if not is_intact(folder, key, sha256):
            yield f"{key} is missing or altered"
