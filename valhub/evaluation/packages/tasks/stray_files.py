"""Files in a data folder that the file table does not name.

Litter of operating systems, hidden files and documents are left alone, with a note. Anything else
may be data that somebody forgot to list, so it is a fault.
"""

import os
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import is_ignored, shown
from valhub.evaluation.packages.tables.frames import SUFFIXES
from valhub.evaluation.packages.tasks.data_folders import DataFolder

_DOCUMENTS = frozenset({"readme", "license", "licence", "changelog", "notice", "citation"})
_OF_DOCUMENTS = frozenset({"", "md", "txt", "rst", "html", "htm", "pdf"})
_OTHER_ENDINGS = (".md", ".lock", ".lck")
_MOST_NAMES = 5


def check_strays(folder: DataFolder, known: set[Path], table: str, faults: FaultList) -> list[str]:
    """Note each file that may be forgotten data as a fault.

    Parameters
    ----------
    folder : DataFolder
        The folder.
    known : set of Path
        The files in it that the package names.
    table : str
        The table that names them.
    faults : FaultList
        Takes note.

    Returns
    -------
    list of str
        One sentence on the files that are ignored; empty when there are none.
    """
    ignored = _litter(folder.path)
    for name in folder.names:
        if folder.path / name in known:
            continue
        if _is_beside_the_data(name):
            ignored.append(name)
            continue
        faults.add(
            "The file table has no row for this file.",
            f"Remove it, or add a row to {table}.",
            file=f"{folder.place}/{name}",
        )
    return [_note(folder.place, sorted(ignored))] if ignored else []


def _litter(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if is_ignored(entry.name)]


def _is_beside_the_data(name: str) -> bool:
    """Return whether a file is hidden, a lock or a document, and not named as data is."""
    base = name.rpartition("/")[2].lower()
    if base.endswith(SUFFIXES):
        return False
    stem, _, ending = base.partition(".")
    is_document = stem in _DOCUMENTS and ending in _OF_DOCUMENTS
    return base.startswith(".") or is_document or base.endswith(_OTHER_ENDINGS)


def _note(place: str, names: list[str]) -> str:
    listed = ", ".join(map(shown, names[:_MOST_NAMES]))
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"{place}: files that are not data are ignored: {listed}{more}."
