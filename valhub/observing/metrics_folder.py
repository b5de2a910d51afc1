"""The folder in which the processes of one web server count, each in a file of its own.

It has to be named in the environment before the counting library is imported, so nothing here
imports that.
"""

import os
import shutil
import tempfile
from pathlib import Path

# As the library calls it.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "valhub-requests-"


def take_count_folder(parent: Path | None = None) -> None:
    """Make a folder for this web server's counts, before its processes start.

    Folders that killed web servers left beside it are removed.

    Parameters
    ----------
    parent : Path, optional
        By default the system's folder for temporary files.
    """
    parent = parent or Path(tempfile.gettempdir())
    for left in parent.glob(f"{_PREFIX}*"):
        process = left.name.removeprefix(_PREFIX).partition("-")[0]
        if left.stat().st_uid == os.getuid() and not Path("/proc", process).exists():
            shutil.rmtree(left)
    os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent)


def remove_count_folder() -> None:
    """Remove the folder when the web server ends."""
    shutil.rmtree(os.environ[FOLDER_VARIABLE], ignore_errors=True)
