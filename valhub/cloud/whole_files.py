"""Files on this machine's disk, each of them there whole or not at all.

Django's own storage writes a file under its final name, so that a full disk or a power cut leaves
half of one there. This one also answers what a bucket is asked beyond Django's interface.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import FileSystemStorage

from valhub.cloud.errors import FileMissing


class WholeFileStorage(FileSystemStorage):
    """Django's file system storage, which writes aside and then gives the file its name."""

    def _save(self, name: str, content: "File[Any]") -> str:
        folder = Path(self.path(name)).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(prefix=".incoming-", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            name = self._named(Path(part), name)
        finally:
            Path(part).unlink()
        _write_through(folder)
        return name

    def _named(self, part: Path, name: str) -> str:
        """Give a file its name, or one like it when somebody else just took that."""
        if self.file_permissions_mode is not None:
            part.chmod(self.file_permissions_mode)
        while True:
            try:
                os.link(part, self.path(name))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name.replace("\\", "/")

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to a path; raises `FileMissing`."""
        try:
            shutil.copyfile(self.path(name), target)
        except FileNotFoundError as error:
            raise FileMissing from error

    def stored_before(self, folder: str, moment: datetime) -> Iterator[str]:
        """List the keys of the files directly in a folder that were stored before a moment."""
        with suppress(FileNotFoundError):
            for name in self.listdir(folder)[1]:
                key = f"{folder}/{name}"
                with suppress(FileNotFoundError):  # Somebody else has just removed it.
                    if self.get_modified_time(key) < moment:
                        yield key

    def link(self, _name: str, _called: str, _content_type: str) -> None:
        """There are no links to files on a disk."""


def _write_through(folder: Path) -> None:
    """Make a new name in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
