"""Folders as a sandbox can read them.

Run as root, a sandbox works under a throw-away account, to which the author's file
permissions apply. A private folder is copied for it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valhub.evaluation.packages.files.folders import part_names
from valhub.evaluation.packages.files.scratch import scratch_folder

_FOLDER_MODE, _FILE_MODE = 0o755, 0o644


@contextmanager
def readable(root: Path) -> Iterator[Path]:
    """Yield the folder itself, or a copy where other accounts may not read all of it."""
    if os.getuid() != 0 or all(_everybody_reads(path) for path in _parts(root)):
        yield root
        return
    with scratch_folder() as scratch:
        copy = scratch / root.name
        for path in _parts(root):
            target = copy / path.relative_to(root)
            if path.is_dir():
                target.mkdir()
                target.chmod(_FOLDER_MODE)
            else:
                shutil.copyfile(path, target)
                target.chmod(_FILE_MODE)
        yield copy


def _parts(root: Path) -> Iterator[Path]:
    """Give the folder and all that is part of it; an ignored `.venv` may have broken links."""
    yield root
    for name in part_names(root):
        yield root / name


def _everybody_reads(path: Path) -> bool:
    wanted = 0o005 if path.is_dir() else 0o004
    return path.stat().st_mode & wanted == wanted
