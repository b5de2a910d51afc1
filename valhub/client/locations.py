"""Finds what a user names on the command line: a folder, a .zip, or a task built before."""

from collections.abc import Iterable
from pathlib import Path

from valhub.client.tasks import task_names
from valhub.errors import NotFound
from valhub.evaluation.packages.suggestions import closest

BUILD_FOLDER = Path("build")


def locate_package(name: str) -> Path:
    """Find a package: a path, or the name of a task that `valhub task build` wrote.

    Raises
    ------
    NotFound
        Neither a path nor a built task has that name.
    """
    built = BUILD_FOLDER / f"{name}.zip"
    for path in (Path(name), built):
        if path.exists():
            return path
    raise NotFound(f"`{name}` does not exist. {_package_hint(name)}")


def display_name(path: Path) -> str:
    """Call a package or an algorithm by its folder, or by its archive without the ending."""
    whole = path.resolve()
    return whole.name if whole.is_dir() else whole.stem.removesuffix(".tar")


def locate_algorithm(name: str) -> Path:
    """Find an algorithm: a folder or a .zip.

    Raises
    ------
    NotFound
        There is no such path.
    """
    path = Path(name)
    if path.exists():
        return path
    raise NotFound(f"`{name}` does not exist. {_meant(path, _beside(path)) or 'Check the path.'}")


def _package_hint(name: str) -> str:
    """Say how to fix the name of a package: build the task, another name, or a list of tasks."""
    path, tasks = Path(name), _tasks()
    if name in tasks:
        return f"Build the task first: valhub task build {name}"
    built = [one.stem for one in BUILD_FOLDER.glob("*.zip")]
    by_name = [*tasks, *built] if path.parent == Path() else []
    meant = _meant(path, [*by_name, *_beside(path)])
    if meant or not tasks:
        return meant or "Check the path."
    return (
        "Check the path, or build a task: valhub task build NAME "
        f"(NAME is one of {', '.join(tasks)})."
    )


def _meant(path: Path, names: Iterable[str]) -> str:
    # Only the last part is compared: long folders would make any two paths look alike.
    near = closest(path.name, names)
    return f"Did you mean `{path.with_name(near)}`?" if near else ""


def _beside(path: Path) -> list[str]:
    """Give the names of the folders and .zips in the folder where the path leads."""
    try:
        found = [one for one in path.parent.iterdir() if one.is_dir() or one.suffix == ".zip"]
    except OSError:
        return []
    return [one.name for one in found if not one.name.startswith(".")]


def _tasks() -> tuple[str, ...]:
    """Give the names of the first-party tasks; none outside a checkout."""
    try:
        return task_names()
    except NotFound:
        return ()
