"""Builds the first-party tasks of a checkout: the code behind `valhub task build`.

A task is a folder under `tasks/` whose `build.py` writes a task package. Here it is run and its
folder is packed. What a task consists of belongs to the task, not here.
"""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import valhub
from valhub.errors import NotFound, ValhubError

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold
_FILE_MODE = 0o100644 << 16
_UNIX = 3
_MISSING_MODULE = re.compile(
    r"(?:No module named|No package metadata was found for) '?(?P<name>[\w.-]+)'?\s*$"
)


class TaskBuildFailed(ValhubError):
    """The task's build.py failed."""

    code = "task-build-failed"


def task_names() -> tuple[str, ...]:
    """Return the names of the first-party tasks, sorted.

    Raises
    ------
    NotFound
        There is no checkout around the current directory or this package.
    """
    return tuple(sorted(path.parent.name for path in _tasks_folder().glob("*/build.py")))


def build_task(name: str, out_dir: Path) -> Path:
    """Build one first-party task and pack it as `out_dir/NAME.zip`, replacing an older one.

    The same bytes come out each time: files are sorted, stored without compression, and carry
    a fixed date and mode. The file appears whole or not at all.

    Raises
    ------
    NotFound
        There is no such task; the message lists those there are.
    TaskBuildFailed
        The task's `build.py` did not come to its end.
    """
    names = task_names()
    if name not in names:
        sentence = f"There is no task {name!r}. The tasks are: {', '.join(names)}."
        raise NotFound(sentence, code="unknown-task")
    out_dir.mkdir(parents=True, exist_ok=True)
    package = out_dir / f"{name}.zip"
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=out_dir) as scratch:
        folder = Path(scratch) / "package"
        folder.mkdir()
        _run_build(name, folder)
        packed = Path(scratch) / package.name
        _pack(folder, packed)
        os.replace(packed, package)  # noqa: PTH105 - says that it replaces
    return package


def _tasks_folder() -> Path:
    """Find `tasks/` in the current directory, above it, or beside the package."""
    here = Path.cwd()
    for root in (here, *here.parents, Path(valhub.__file__).resolve().parents[1]):
        if any((root / "tasks").glob("*/build.py")):
            return root / "tasks"
    raise NotFound(
        f"There is no tasks folder in {here}, above it, or beside the installed package. "
        "Run this inside a checkout of the hub.",
        code="tasks-not-found",
    )


def _run_build(name: str, folder: Path) -> None:
    """Run a task's `build.py` in a process of its own, so that its imports stay there."""
    script = _tasks_folder() / name / "build.py"
    done = subprocess.run(
        [sys.executable, "-B", str(script), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return
    reason = (done.stderr.strip().splitlines() or [f"it exited with {done.returncode}"])[-1]
    missing = _MISSING_MODULE.search(reason)
    if missing:
        raise TaskBuildFailed(
            f"Building {name} needs the Python package {missing['name']}, which is not "
            "installed here. Run `make setup`.",
            code="task-needs-package",
        )
    raise TaskBuildFailed(f"{script} failed: {reason}")


def _pack(folder: Path, package: Path) -> None:
    """Write a folder's files into a zip that depends on their names and bytes only."""
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    with zipfile.ZipFile(package, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.external_attr = _FILE_MODE
            entry.create_system = _UNIX
            archive.writestr(entry, path.read_bytes())


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
