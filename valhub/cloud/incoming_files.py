"""Uploads on their way in: what is too large for memory goes to disk as it arrives.

The files have no name. So whatever ends the process that receives one, the kernel frees its room,
and there is nothing to sweep. They lie with the hub's data, where there is room for packages, and
not in the system's folder for temporary files, which is often small or in memory.
"""

import tempfile
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from valhub.cloud.free_space import require_space


def uploads_folder() -> Path:
    """Return the folder where uploads arrive and are looked into, made when missing."""
    folder: Path = settings.DATA / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def unnamed_file() -> IO[bytes]:
    """Open a new file that is gone when it is closed; raises `OSError` when there is no room."""
    return tempfile.TemporaryFile(dir=uploads_folder())


def path_of(file: "IO[bytes] | UploadedFile[Any]") -> Path:
    """Return a path by which this process, and no other, can open an unnamed file again."""
    return Path(f"/proc/self/fd/{file.fileno()}")


class UnnamedUpload(TemporaryUploadedFile):
    """An uploaded file on disk."""

    def __init__(self, handler: TemporaryFileUploadHandler) -> None:
        UploadedFile.__init__(
            self,
            unnamed_file(),
            handler.file_name,
            handler.content_type,
            0,
            handler.charset,
            handler.content_type_extra,
        )

    def temporary_file_path(self) -> str:
        """Return where this process can open it."""
        return str(path_of(self))


class UnnamedUploadHandler(TemporaryFileUploadHandler):
    """Django's handler of large uploads, which writes to files without a name."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open a file for what is about to arrive; raises `StorageFull` when it has no room."""
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        sent = self.request.META.get("CONTENT_LENGTH") if self.request else None
        require_space(int(sent or 0))
        self.file = UnnamedUpload(self)

    def upload_interrupted(self) -> None:
        """Close the file of an upload that broke off, which is all there is to remove."""
        if hasattr(self, "file"):
            self.file.close()
