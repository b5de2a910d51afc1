"""An uploaded archive on its way in: how large it may be, whether it is a .zip, a path to it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from valhub.analyses.problems import ArchiveTooLarge, NotAZip

_MIB = 1024 * 1024
# How a .zip begins: with its first file, or with the table of contents when it holds none.
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")


def check_archive(upload: "UploadedFile[Any]", *, field: str, max_bytes: int) -> None:
    """Refuse what is no .zip, or too large, without reading more than its first bytes.

    Parameters
    ----------
    upload : UploadedFile
        What was sent.
    field : str
        The input it came as.
    max_bytes : int
        How large it may be.

    Raises
    ------
    ArchiveTooLarge, NotAZip
    """
    size = upload.size or 0
    if size > max_bytes:
        raise ArchiveTooLarge(
            f"{field} has {size / _MIB:,.1f} MiB, and {max_bytes / _MIB:,.1f} MiB are taken. "
            "Make the archive smaller.",
            field=field,
        )
    upload.seek(0)
    if upload.read(4) not in _BEGINNINGS:
        raise NotAZip(
            f"{field} is not a .zip archive. Pack the files into one and send that.", field=field
        )


@contextmanager
def on_disk(upload: "UploadedFile[Any]") -> Iterator[Path]:
    """Give an uploaded file a path for as long as the block runs.

    Large uploads arrive on disk and stay where they are; small ones are written there.
    """
    if isinstance(upload, TemporaryUploadedFile):
        yield Path(upload.temporary_file_path())
        return
    upload.seek(0)
    with NamedTemporaryFile(suffix=".zip") as file:
        shutil.copyfileobj(upload, file)
        file.flush()
        yield Path(file.name)
