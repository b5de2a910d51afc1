"""Uploaded archives, kept in Django's default storage: a folder on disk, or a bucket.

A file appears under its key whole or not at all, on every backend. Keys are `/`-separated. Who may
read a file is decided above; a bucket's files are then read by links that expire. What can go wrong
is in `errors`.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from valhub.cloud.errors import FileAltered

if TYPE_CHECKING:
    from valhub.cloud.s3 import BucketStorage
    from valhub.cloud.whole_files import WholeFileStorage

_CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
}


def _storage() -> "WholeFileStorage | BucketStorage":
    return cast("WholeFileStorage | BucketStorage", default_storage)


def store_file(key: str, source: "IO[bytes] | File[Any]") -> str:
    """Store a file, from its beginning.

    Parameters
    ----------
    key : str
        Where to; a file that exists already stays as it is.
    source : binary file
        Seekable.

    Returns
    -------
    str
        The key it has: the one asked for, or one like it when that was in use.

    Raises
    ------
    OSError
        When there is no room for it, or a `StorageError`; then nothing is stored.
    """
    source.seek(0)
    return default_storage.save(key, source if isinstance(source, File) else File(source))


def open_file(key: str) -> "File[Any]":
    """Open a stored file to read; raises `FileNotFoundError` or `StorageError`."""
    return default_storage.open(key, "rb")


def fetch_file(key: str, target: Path, *, sha256: str) -> None:
    """Copy a stored file to a path on this machine, and make sure that it is what was stored.

    Parameters
    ----------
    key : str
        Its key.
    target : Path
        The file to make. After a failure its contents are of no use.
    sha256 : str
        The hash it had when it was stored.

    Raises
    ------
    FileMissing, FileAltered, StorageError
        When it cannot be read.
    OSError
        When there is no room for it.
    """
    _storage().fetch(key, target)
    check_file(target, sha256=sha256)


def check_file(path: Path, *, sha256: str) -> None:
    """Make sure that a file on this machine has a hash; raises `FileAltered`."""
    with path.open("rb") as file:
        if sha256_of(file) != sha256:
            raise FileAltered


def content_type_of(name: str) -> str:
    """Say what a stored file is, by its name's ending."""
    return _CONTENT_TYPES.get(Path(name).suffix.lower(), "application/octet-stream")


def link_to_file(key: str, *, name: str) -> str | None:
    """Make a link that expires, with which anybody can download a stored file under a name.

    Returns
    -------
    str or None
        None when files are on this machine's disk: then the hub sends them itself.

    Raises
    ------
    FileNotFoundError, StorageError
        When the file cannot be read.
    """
    return _storage().link(key, name, content_type_of(name))


def delete_file(key: str) -> None:
    """Remove a stored file, if it exists."""
    default_storage.delete(key)


def old_files(folder: str, *, older_than: timedelta) -> Iterable[str]:
    """List the keys directly in a folder that were stored some time ago.

    What was cut off while it was being written is among them.
    """
    return _storage().stored_before(folder, timezone.now() - older_than)


def sha256_of(source: "IO[bytes] | File[Any]") -> str:
    """Hash a file from its beginning, as 64 hexadecimal digits."""
    source.seek(0)
    digest = hashlib.sha256()
    while chunk := source.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()
