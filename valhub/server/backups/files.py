"""The stored archives that the rows speak of, copied with their hashes compared."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import storages
from django.db.models import Exists, OuterRef

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.selectors.public_files import public_copies
from valhub.cloud.storage import open_file, sha256_of, store_file
from valhub.cloud.whole_files import WholeFileStorage
from valhub.jobs.models import Run, Submission
from valhub.server.backups.errors import BackupDamaged, HubNotEmpty


@dataclass(frozen=True)
class StoredFile:
    """An archive as its row knows it.

    Attributes
    ----------
    needed : bool
        Whether the hub cannot do without it; an upload that was cut short may have no file.
    """

    key: str
    sha256: str
    needed: bool


def stored_files(using: str) -> Iterator[StoredFile]:
    """List the archives that rows speak of."""
    versions = AnalysisVersion.objects.using(using)
    for key, sha256 in versions.values_list("archive", "archive_sha256").iterator():
        yield StoredFile(key, sha256, needed=True)
    for copy in public_copies(using):
        yield StoredFile(copy.key, copy.sha256, needed=True)
    ran = Exists(Run.objects.filter(submission=OuterRef("pk")))
    submissions = Submission.objects.using(using).annotate(ran=ran)
    for row in submissions.values_list("algorithm", "archive_sha256", "ran").iterator():
        yield StoredFile(*row)


def copy_out(file: StoredFile, folder: Path, previous: Path | None = None) -> bool:
    """Copy an archive into a backup; False when the hub has lost it, or it was altered.

    A stored file never changes, so one that the previous backup on the same disk has is linked.
    """
    target = _path(folder, file.key)
    target.parent.mkdir(parents=True, exist_ok=True)
    if previous is not None and is_intact(previous, file.key, file.sha256):
        target.hardlink_to(_path(previous, file.key))
        return True
    try:
        with open_file(file.key) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1024 * 1024)
            out.flush()
            os.fsync(out.fileno())
    except FileNotFoundError:
        return False
    if _hash(target) == file.sha256:
        return True
    target.unlink()
    return False


def copy_in(key: str, sha256: str, folder: Path) -> None:
    """Store an archive of a backup; one that is stored already stays.

    Raises
    ------
    BackupDamaged
        The backup's copy is not as it was.
    HubNotEmpty
        Another file is stored under its key.
    """
    if _is_stored(key, sha256):
        return
    source = _path(folder, key)
    if not is_intact(folder, key, sha256):
        raise BackupDamaged(
            f"{source} is missing or not as it was backed up. Restore from another backup."
        )
    with source.open("rb") as file:
        store_file(key, file)


def is_intact(backup: Path, key: str, sha256: str) -> bool:
    """Whether a backup has an archive, as it was stored."""
    path = _path(backup, key)
    return path.is_file() and _hash(path) == sha256


def files_are_within_reach() -> bool:
    """Whether the hub's files can be there: a folder that is missing belongs to another hub."""
    storage = storages["default"]
    return not isinstance(storage, WholeFileStorage) or Path(storage.location).is_dir()


def _is_stored(key: str, sha256: str) -> bool:
    try:
        with open_file(key) as stored:
            same = sha256_of(stored) == sha256
    except FileNotFoundError:
        return False
    if not same:
        raise HubNotEmpty(
            f"Another file is stored as {key} already; it was not replaced. Restore into an empty "
            "storage."
        )
    return True


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _path(folder: Path, key: str) -> Path:
    return folder / "files" / key
