"""Algorithms as they are sent: a .zip as it is, and a folder packed into one."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valhub.errors import NotFound

_NEVER_SENT = ("__pycache__", "__MACOSX")


@contextmanager
def packed(path: Path) -> Iterator[Path]:
    """Give the .zip to send.

    Hidden files and what Python compiled stay behind.

    Raises
    ------
    NotFound
        There is no such file or folder.
    """
    if not path.exists():
        raise NotFound(f"`{path}` does not exist. Check the path.", field="algorithm")
    if path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / f"{path.resolve().name}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for one in _sent_files(path):
                file.write(one, one.relative_to(path))
        yield archive


def _sent_files(folder: Path) -> Iterator[Path]:
    for one in sorted(folder.iterdir()):
        if one.name.startswith(".") or one.name in _NEVER_SENT or one.is_symlink():
            continue
        if one.is_dir():
            yield from _sent_files(one)
        elif one.is_file():
            yield one
