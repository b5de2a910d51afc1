"""Taking a backup, of a hub that may be running."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from valhub import __version__
from valhub.analyses.models import AnalysisVersion
from valhub.console import echo
from valhub.server.backups.errors import BackupError
from valhub.server.backups.files import (
    StoredFile,
    copy_out,
    files_are_within_reach,
    stored_files,
)
from valhub.server.backups.manifest import Manifest, applied_migrations, write_manifest
from valhub.server.backups.rows import backed_up_models, snapshot, write_rows
from valhub.server.database import require_database


def take_backup(folder: Path, previous: Path | None = None) -> None:
    """Write everything the hub keeps into a new folder.

    The rows are those of one moment. The files are copied after them; a stored file never changes,
    so they are those the rows speak of.

    Parameters
    ----------
    previous : Path, optional
        A complete backup on the same disk, whose files need not be copied again.

    Raises
    ------
    BackupError
        The folder cannot be used, or the hub has lost files that it needs; then everything else
        is in the backup.
    """
    require_database()
    _refuse_another_folder()
    _make(folder)
    with snapshot() as using:
        tables = {
            model._meta.label_lower: write_rows(model, folder, using)
            for model in backed_up_models()
        }
        files = list(stored_files(using))
        migrations = applied_migrations()
    stored = [file for file in files if copy_out(file, folder, previous)]
    manifest = Manifest(
        version=__version__,
        taken_at=timezone.now(),
        migrations=migrations,
        tables=tables,
        files={file.key: file.sha256 for file in stored},
    )
    os.sync()
    write_manifest(folder, manifest)
    echo(f"Backed up {sum(tables.values()):,} rows and {len(stored):,} files to {folder}.")
    _report_lost({*files} - {*stored})


def _refuse_another_folder() -> None:
    """Refuse to back up rows without their files, because the data folder is not the hub's."""
    if not files_are_within_reach() and AnalysisVersion.objects.exists():
        raise BackupError(
            f"The hub's files are not in {settings.MEDIA_ROOT}, which does not exist. Name the "
            "hub's data folder with --data or VALHUB_DATA, or set VALHUB_STORAGE as it is set for "
            "the hub.",
            code="files-not-here",
        )


def _make(folder: Path) -> None:
    """Make the folder, readable by nobody else: it holds hidden truth and personal data."""
    try:
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        found = [path for path in folder.iterdir() if path.name != "tables"]
        found += (folder / "tables").iterdir()
    except OSError as error:
        raise BackupError(
            f"The backup cannot be written to {folder}: {error.strerror}. Name a folder that you "
            "can write to.",
            code="folder-not-writable",
        ) from error
    if found:
        raise BackupError(
            f"{folder} is not empty. Name a new folder for every backup.", code="folder-not-empty"
        )


def _report_lost(files: Iterable[StoredFile]) -> None:
    lost = sorted(file.key for file in files if file.needed)
    if lost:
        raise BackupError(
            f"{len(lost)} stored files are missing or altered, such as {lost[0]}. The rest is in "
            "the backup. Restore them from an earlier one; until then, what needs them fails.",
            code="backup-incomplete",
        )
