"""The lines of an algorithm's own code, read from the hub's copy of what was submitted.

Which lines is the guest's word, and so is the name of their file: code can be compiled under any
name. Only a regular file of the archive has lines here, found without following a link.
"""

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from valhub.evaluation.execution.logs import printable
from valhub.evaluation.packages.files.member_names import shown
from valhub.texts import cut

_SHOWN_PLACES = 10
_LINE_CHARACTERS = 200
# No archive holds a file with more, and the guest may name any number.
_MOST_LINES = 1 << 30
_MOST_SOURCE_BYTES = 4 * 1024 * 1024


def own_lines(places: object, code: Path, shown_at: str) -> str:
    """Write the last lines of the algorithm's own code that an exception went through.

    Parameters
    ----------
    places : object
        Pairs of file and line number, innermost last, as the guest says; may be anything.
    code : Path
        The algorithm's folder on this machine.
    shown_at : str
        The same folder inside.

    Returns
    -------
    str
        At most ten lines, each with its file, its number and at most 200 characters of source.
    """
    return "\n".join(_lines(places, code, f"{shown_at}/"))


def _lines(places: object, code: Path, inside: str) -> Iterator[str]:
    for place in (places if isinstance(places, list) else [])[-_SHOWN_PLACES:]:
        match place:
            case [str(name), int(line)] if name.startswith(inside) and 0 < line <= _MOST_LINES:
                text = _line_of(code, name.removeprefix(inside), line)
                if text is not None:
                    yield f"{shown(name.removeprefix(inside))}:{int(line)}: {text}"


def _line_of(code: Path, name: str, number: int) -> str | None:
    """Read one line of source, as far as a person reads it: a line can have megabytes.

    Modules are small, and reading is not the algorithm's time: of a larger file nothing is read.
    """
    descriptor = _open_module(code, name)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as source:
        line = next(islice(source, number - 1, None), None)
    return None if line is None else printable(cut(line.strip(), _LINE_CHARACTERS))


def _open_module(code: Path, name: str) -> int | None:
    """Open a module of the algorithm by its exact name; None when there is no such file."""
    path = PurePosixPath(name)
    if str(path) != name or path.is_absolute() or ".." in path.parts or path.suffix != ".py":
        return None
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        folder = os.open(code, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
        for part in path.parts[:-1]:
            folder = _and_close(folder, part, flags | os.O_DIRECTORY)
        # Opening a pipe would wait for somebody to write into it.
        descriptor = _and_close(folder, path.name, flags | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    about = os.fstat(descriptor)
    if stat.S_ISREG(about.st_mode) and about.st_size <= _MOST_SOURCE_BYTES:
        return descriptor
    os.close(descriptor)
    return None


def _and_close(folder: int, name: str, flags: int) -> int:
    """Open what a folder holds, and close the folder."""
    try:
        return os.open(name, flags, dir_fd=folder)
    finally:
        os.close(folder)
