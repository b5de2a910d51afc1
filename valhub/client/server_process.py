"""Starting the hub's processes from the `valhub` command.

The command itself knows no web framework: it becomes the server's own program.
"""

import os
import sys
from pathlib import Path


def become_server(*arguments: str, data: Path | None = None, workers: int | None = None) -> None:
    """Replace this process by `python -m valhub.server ARGUMENTS`."""
    if data is not None:
        os.environ["VALHUB_DATA"] = str(data.absolute())
    if workers is not None:
        os.environ["VALHUB_WORKERS"] = str(workers)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: a file in the current folder must not stand in for a library.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "valhub.server", *arguments])  # noqa: S606
