"""What a backup says of itself: who took it, and what has to be in it."""

import os
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pydantic import BaseModel, ConfigDict, ValidationError

from valhub.server.backups.errors import BackupError

NAME = "manifest.json"


class Manifest(BaseModel):
    """The contents of a backup.

    Attributes
    ----------
    version : str
        The hub that took it.
    migrations : tuple of str
        The state of its database, as `app.name`, sorted.
    tables : dict of str to int
        Rows by label of the model.
    files : dict of str to str
        SHA-256 by key of every stored file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    taken_at: datetime
    migrations: tuple[str, ...]
    tables: dict[str, int]
    files: dict[str, str]


def applied_migrations() -> tuple[str, ...]:
    """The state of the database that the hub uses now."""
    applied = MigrationRecorder(connection).applied_migrations()
    return tuple(sorted(f"{app}.{name}" for app, name in applied))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make a folder a backup; everything else has been written to the disk before."""
    part = folder / f".{NAME}"
    with part.open("w") as file:
        file.write(manifest.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    part.rename(folder / NAME)


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup has to hold; raises `BackupError`."""
    try:
        return Manifest.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupError(
            f"{folder} is not a backup: {NAME} is missing or cannot be read. {_fix(folder)}",
            code="no-backup",
        ) from error


def _fix(folder: Path) -> str:
    """Name the newest of the backups that `--keep` took into a folder, where there are some."""
    newest = max((found.parent for found in folder.glob(f"*/{NAME}")), default=None)
    if newest is not None:
        return f"Name one of the backups in it, such as {newest}."
    return "A backup that was interrupted has none; name a complete one."
