"""Files that say what an algorithm needs, in a form or under a name that is not read.

They are only noted: an algorithm may carry them for other tools.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.folders import file_names
from valhub.evaluation.packages.files.member_names import shown

REQUIREMENTS, PYTHON_VERSION = "requirements.txt", ".python-version"
_NOT_READ = "This file is not read."
_MOST, _MOST_BYTES = 10, 256 * 1024
_LIST = f"List the packages in {REQUIREMENTS}, one on each line."
_NAMED_ALMOST = re.compile(r"(requirements?|reqs?)([ ._()-].*)?", re.IGNORECASE)
_VERSION_ALMOST = re.compile(r"\.?python[-_]?version(\.txt)?", re.IGNORECASE)
# Other tools' lists of packages, with what shows that the file is one.
_OTHER_LISTS = (
    (re.compile(r".*\.ya?ml", re.IGNORECASE), re.compile(rb"^dependencies\s*:", re.MULTILINE)),
    (re.compile(r"pyproject\.toml|pixi\.toml"), re.compile(rb"dependencies")),
    (re.compile(r"setup\.(py|cfg)"), re.compile(rb"install_requires")),
    (re.compile(r"Pipfile|Pipfile\.lock|(poetry|uv|pdm|conda)\.lock"), re.compile(rb"")),
)
_OTHER_VERSIONS = (
    (re.compile(r"runtime\.txt"), re.compile(rb"^\s*python-?\s*3", re.MULTILINE)),
    (re.compile(r"\.tool-versions"), re.compile(rb"^\s*python\s", re.MULTILINE)),
)


def note_unread(
    folders: Iterable[Path], faults: FaultList, *, has_requirements: bool, has_python: bool
) -> None:
    """Note the files that look like requirements or a Python version, and are not read.

    Parameters
    ----------
    folders : iterable of Path
        Where `requirements.txt` and `.python-version` are looked for; the first is the
        algorithm's own folder.
    faults : FaultList
        Takes the notes.
    has_requirements, has_python : bool
        Whether the files that are read exist: then the others are meant for other tools.
    """
    places = list(dict.fromkeys(folders))
    files = [path for folder in places for path in sorted(folder.iterdir()) if path.is_file()]
    found: list[tuple[str, str]] = []
    if not has_requirements:
        found += _matching(files, _NAMED_ALMOST, f"Rename it to {REQUIREMENTS}.", _is_list)
        for names, content in _OTHER_LISTS:
            found += _matching(files, names, _LIST, content.search)
        found += _further_down(places[0]) if not found else []
    if not has_python:
        fix = f"Write the Python version, such as 3.10, into {PYTHON_VERSION}."
        found += _matching(files, _VERSION_ALMOST, f"Rename it to {PYTHON_VERSION}.", _is_any)
        for names, content in _OTHER_VERSIONS:
            found += _matching(files, names, fix, content.search)
    for name, fix in found[:_MOST]:
        faults.note(_NOT_READ, fix, file=shown(name))


def _matching(
    files: list[Path],
    names: re.Pattern[str],
    fix: str,
    is_meant: Callable[[bytes], object],
) -> Iterator[tuple[str, str]]:
    for path in files:
        if names.fullmatch(path.name) and path.name not in (REQUIREMENTS, PYTHON_VERSION):
            with path.open("rb") as stream:
                if is_meant(stream.read(_MOST_BYTES)):
                    yield path.name, fix


def _is_list(content: bytes) -> bool:
    """Return whether a file can be a list of requirements, and is no program."""
    return re.search(rb"^(def|import|from|class)\s", content, re.MULTILINE) is None


def _is_any(_content: bytes) -> bool:
    return True


def _further_down(root: Path) -> list[tuple[str, str]]:
    fix = "Put it beside the entry file."
    return [(name, fix) for name in file_names(root) if name.endswith(f"/{REQUIREMENTS}")]
