"""Uploaded archives, kept in Django's default storage: a folder on disk, or a bucket.

A file appears under its key whole or not at all, on every backend. Keys are `/`-separated. Who may
read a file is decided above, so there are no addresses here.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone


def store_file(key: str, source: "IO[bytes] | File[Any]") -> str:
    """Store a file, from its beginning.

    Parameters
    ----------
    key : str
        Where to; a file that is there already stays as it is.
    source : binary file
        Seekable.

    Returns
    -------
    str
        The key it has: the one asked for, or one like it when that was taken.

    Raises
    ------
    OSError
        When there is no room for it; then nothing is stored.
    """
    source.seek(0)
    return default_storage.save(key, source if isinstance(source, File) else File(source))


def open_file(key: str) -> "File[Any]":
    """Open a stored file to read; raises `FileNotFoundError`."""
    return default_storage.open(key, "rb")


def delete_file(key: str) -> None:
    """Remove a stored file, if it is there."""
    default_storage.delete(key)


def old_files(folder: str, *, older_than: timedelta) -> Iterator[str]:
    """List the keys directly in a folder that were stored some time ago.

    What was cut off while it was being written is among them.
    """
    with suppress(FileNotFoundError):
        names = default_storage.listdir(folder)[1]
        for name in names:
            key = f"{folder}/{name}"
            with suppress(FileNotFoundError):  # Somebody else has just removed it.
                if timezone.now() - default_storage.get_modified_time(key) > older_than:
                    yield key


def sha256_of(source: "IO[bytes] | File[Any]") -> str:
    """Hash a file from its beginning, as 64 hexadecimal digits."""
    source.seek(0)
    digest = hashlib.sha256()
    while chunk := source.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()
