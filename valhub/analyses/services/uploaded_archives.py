"""An uploaded archive before it is read: how large it may be, whether it is a .zip."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from valhub.cloud.free_space import require_space
from valhub.cloud.incoming_files import unnamed_file
from valhub.errors import TooLarge, UnsupportedType
from valhub.evaluation.packages.files.file_kinds import HEAD_BYTES, not_a_zip
from valhub.evaluation.packages.files.member_names import shown

_MIB = 1024 * 1024
# How a .zip begins: with its first file, or with the table of contents when it holds none.
_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")


def check_archive(upload: "UploadedFile[Any]", *, field: str, max_bytes: int) -> None:
    """Reject an upload that is no .zip, or too large, reading no more than its first bytes.

    Parameters
    ----------
    upload : UploadedFile
        What was sent.
    field : str
        The name of its input.
    max_bytes : int
        How large it may be.

    Raises
    ------
    TooLarge, StorageFull, UnsupportedType
    """
    size = upload.size or 0
    if size > max_bytes:
        raise TooLarge(
            f"{field} has {_mebibytes(size)}; at most {_mebibytes(max_bytes)} are allowed. "
            "Leave out files that are not needed.",
            code="archive-too-large",
            field=field,
        )
    require_space(size)
    upload.seek(0)
    head = upload.read(HEAD_BYTES)
    if not head.startswith(_BEGINNINGS):
        what = "is not a .zip archive" if size else "is an empty file"
        plain = (what, "Pack the files into one .zip archive and send that.")
        problem, fix = not_a_zip(head, upload.name or "") or plain
        raise UnsupportedType(f"{field} {problem}. {fix}", code="not-a-zip", field=field)


def _mebibytes(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB" if size >= _MIB else f"{size:,} bytes"


def name_of(upload: "UploadedFile[Any]") -> str:
    """Return the name an upload was sent with, as it can be shown."""
    return shown(upload.name or "archive")


@contextmanager
def opened_upload(upload: "UploadedFile[Any]") -> Iterator[int]:
    """Give an uploaded file a descriptor for as long as the block runs.

    Large uploads arrive on disk and stay where they are; small ones are written there.
    """
    if isinstance(upload, TemporaryUploadedFile):
        yield upload.fileno()
        return
    upload.seek(0)
    with unnamed_file() as file:
        shutil.copyfileobj(upload, file)
        file.flush()
        yield file.fileno()
