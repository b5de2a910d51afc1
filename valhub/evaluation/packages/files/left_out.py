"""What is packed with a package but is no part of it: neither checked nor unpacked.

Folders that tools keep (`.git`, `node_modules`) are known by their names, a Python environment by
its `pyvenv.cfg`, because people give it any name.
"""

from collections.abc import Iterable

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import (
    MAX_DEPTH,
    ignored_folder,
    is_ignored,
    shown,
)

_MARK = "pyvenv.cfg"
_ENVIRONMENT = frozenset(
    {
        *(_MARK, "bin", "Scripts", "lib", "lib64", "Lib", "include", "Include"),
        *("share", "etc", "man", ".gitignore", ".lock", "CACHEDIR.TAG"),
    }
)
_MOST = 10


def is_environment(children: Iterable[str]) -> bool:
    """Return whether a folder is a Python environment and nothing else.

    Parameters
    ----------
    children : iterable of str
        The names directly in it.
    """
    found = {name for name in children if not is_ignored(name)}
    return _MARK in found and found <= _ENVIRONMENT


class LeftOut:
    """Which names of an archive are left out.

    Parameters
    ----------
    names : iterable of str
        All names in it, separated by `/`; folders may end in one.
    """

    def __init__(self, names: Iterable[str]) -> None:
        every = {name.rstrip("/") for name in names}
        marked = {name.rpartition("/")[0] for name in every if name.endswith(f"/{_MARK}")}
        children: dict[str, set[str]] = {folder: set() for folder in marked}
        for name in every if marked else ():
            for folder, child in _steps(name):
                if folder in children:
                    children[folder].add(child)
        self._environments = {name for name, found in children.items() if is_environment(found)}
        self._folders: dict[str, None] = {}

    def covers(self, name: str) -> bool:
        """Return whether a name is left out, and remember the folder it lies in."""
        plain = name.rstrip("/")
        folder = self._environment_of(plain) or ignored_folder(plain)
        if folder:
            self._folders.setdefault(folder)
        return bool(folder) or is_ignored(plain)

    def _environment_of(self, name: str) -> str:
        if not self._environments:
            return ""
        folders = (name, *(folder for folder, _ in _steps(name)))
        return next((folder for folder in folders if folder in self._environments), "")

    def note(self, faults: FaultList) -> None:
        """Note the folders that were left out, if there were any."""
        note_folders(self._folders, faults)


def note_folders(folders: Iterable[str], faults: FaultList) -> None:
    """Note that folders are left out, if there are any."""
    names = list(dict.fromkeys(folders))
    if names:
        more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
        listed = ", ".join(f"{shown(name)}/" for name in names[:_MOST])
        faults.note(f"Ignored: {listed}{more}.", "Leave this out of the archive.")


def _steps(name: str) -> list[tuple[str, str]]:
    """Give each folder above a name, with its child on the way; no deeper than names may be."""
    parts = name.split("/", MAX_DEPTH + 1)
    return [("/".join(parts[:depth]), parts[depth]) for depth in range(1, len(parts))]
