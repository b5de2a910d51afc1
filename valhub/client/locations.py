"""Finds what a user names on the command line: a folder, a .zip, or a task built before."""

from pathlib import Path

from valhub.errors import NotFound

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
    raise NotFound(
        f"{name} is neither a folder, a .zip nor a built task ({built} is missing too). "
        "Check the path, or build a first-party task with: valhub task build NAME"
    )


def display_name(path: Path) -> str:
    """Call a package or an algorithm by its folder, or by its .zip without the ending."""
    whole = path.resolve()
    return whole.name if whole.is_dir() else whole.stem


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
    raise NotFound(f"{name} is neither a folder nor a .zip. Check the path of the algorithm.")
