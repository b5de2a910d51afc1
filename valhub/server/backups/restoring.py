"""Restoring a backup into a hub that has nothing yet."""

import gzip
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, transaction

from valhub.console import echo
from valhub.server.backups.errors import BackupDamaged, BackupError, HubNotEmpty
from valhub.server.backups.files import copy_in
from valhub.server.backups.manifest import Manifest, applied_migrations, read_manifest
from valhub.server.backups.rows import backed_up_models, read_rows
from valhub.server.data_folder import take_data_folder
from valhub.server.database import prepare_database

# What `migrate` puts into a new database; the backup brings its own.
_MADE_BY_MIGRATING = (Permission, ContentType)


def restore_backup(folder: Path) -> None:
    """Put a backup's files and rows into an empty hub; it may be killed and run again.

    The files come first, and the rows in one transaction: a hub that has rows is whole.

    Raises
    ------
    BackupError
        The backup cannot be used.
    HubNotEmpty
        A hub exists already.
    StartError
        It runs, or its database does not answer.
    """
    manifest = read_manifest(folder)
    with take_data_folder(settings.DATA):
        prepare_database()
        _check_version(manifest)
        _check_empty()
        for key, sha256 in manifest.files.items():
            copy_in(key, sha256, folder)
        _restore_rows(manifest, folder)
    rows = sum(manifest.tables.values())
    echo(f"Restored {rows:,} rows and {len(manifest.files):,} files. Start the hub.")


def _check_version(manifest: Manifest) -> None:
    if manifest.migrations != applied_migrations():
        raise BackupError(
            f"The backup was made by version {manifest.version}, whose database differs. "
            "Install that version, restore, and upgrade afterwards.",
            code="other-version",
        )


def _check_empty() -> None:
    for model in backed_up_models():
        if model not in _MADE_BY_MIGRATING and model._base_manager.exists():
            raise HubNotEmpty(
                f"The hub's database holds {model._meta.verbose_name_plural} already; nothing was "
                "changed. Restore into an empty database: set DATABASE_URL, or name another "
                "folder with --data."
            )


def _restore_rows(manifest: Manifest, folder: Path) -> None:
    """Load all tables at once; constraints are checked at the end, since tables name each other."""
    try:
        with transaction.atomic(), connection.constraint_checks_disabled():
            for made in _MADE_BY_MIGRATING:
                made._base_manager.all().delete()
            for model in backed_up_models():
                _check_count(manifest, model._meta.label_lower, read_rows(model, folder))
            connection.check_constraints()
            _let_numbers_go_on()
    except (OSError, EOFError, gzip.BadGzipFile, DeserializationError, IntegrityError) as error:
        raise BackupDamaged(
            f"The backup in {folder} cannot be read ({error}), so none of its rows were "
            "restored. Restore from another backup."
        ) from error
    ContentType.objects.clear_cache()


def _check_count(manifest: Manifest, label: str, count: int) -> None:
    wanted = manifest.tables[label]
    if count != wanted:
        raise BackupDamaged(
            f"The backup has {count:,} of {wanted:,} rows of {label}. Restore from another backup."
        )


def _let_numbers_go_on() -> None:
    """Have the next row of each table take the number after the last one."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), backed_up_models()):
            cursor.execute(statement)
