"""Where an algorithm writes: its working folder and the temporary ones, emptied after each call.

The working folder holds links to the algorithm's own files, so that code which reads its model by
a relative path, and writes its results by another, does both in one folder, as it does elsewhere.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

WORKING = Path("/scratch")
FOLDERS = ("/tmp", "/dev/shm", "/scratch")  # noqa: S108 - the sandbox's own
_HOME = "/tmp"  # noqa: S108
_CACHES = ("matplotlib", "numba")
# Of larger trees only the top is linked: links are made for each call.
_MOST_LINKS = 500


class Links:
    """Links from the working folder to a tree of files.

    Folders are real ones, in which a call can write; each file is a link.
    """

    def __init__(self, code: str) -> None:
        top = Path(code)
        paths = [path for path in top.rglob("*") if "__pycache__" not in path.parts]
        self._folders = sorted(_here(path, top) for path in paths if path.is_dir())
        self._links = [(path, _here(path, top)) for path in paths if not path.is_dir()]
        if len(paths) > _MOST_LINKS:
            self._folders = []
            self._links = [(path, _here(path, top)) for path in sorted(top.iterdir())[:_MOST_LINKS]]

    def __len__(self) -> int:
        return len(self._folders) + len(self._links)

    def make(self) -> None:
        """Make them in the empty working folder."""
        for folder in self._folders:
            folder.mkdir()
        for path, link in self._links:
            link.symlink_to(path)


def _here(path: Path, top: Path) -> Path:
    return WORKING / path.relative_to(top)


def remove_caches() -> None:
    """Remove what libraries write for themselves, and write again when it is missing."""
    for entry in os.scandir(_HOME):
        if entry.name in _CACHES or entry.name.startswith("."):
            _remove(entry)


def empty() -> None:
    """Remove every file that can be removed."""
    for folder in FOLDERS:
        for entry in os.scandir(folder):
            _remove(entry)


def files() -> int:
    """How many files there are, also those that are still open but have no name any more."""
    numbers = map(os.statvfs, FOLDERS)
    return sum(one.f_files - one.f_ffree - 1 for one in numbers)


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        Path(entry.path).unlink()
