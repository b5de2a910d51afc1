"""What a file inside a package may be called, in a .zip or in a folder.

A name that is safe on one file system can climb, clash or vanish on another, so the rules are the
strictest of all of them.
"""

import re
import unicodedata
from collections.abc import Iterator

from valhub.texts import cut

MAX_PART_BYTES = 255
MAX_NAME_BYTES = 2048
MAX_DEPTH = 20
_SHOWN = 120
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# What operating systems and Python leave behind, and what tools keep beside one's own files.
_IGNORED_FOLDERS = frozenset(
    {
        *("__MACOSX", "__pycache__", ".git", ".hg", ".svn", ".venv", "node_modules"),
        *(".ipynb_checkpoints", ".idea", ".vscode", ".tox", ".nox", ".eggs"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache"),
    }
)
# What the file managers of macOS, Windows and Linux leave behind.
_LITTER = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".directory"})
# Resource forks of macOS, and the locks of LibreOffice and Microsoft Office.
_LITTER_BEGINS = ("._", ".~lock.", "~$")
_DRIVE = re.compile(r"[A-Za-z]:")
# Windows opens a device in place of a file of such a name, whatever its ending.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])", re.I)


def is_ignored(name: str) -> bool:
    """Return whether a name is litter of operating systems and tools, and no part of a package."""
    parts = name.split("/")
    last = parts[-1]
    return (
        not _IGNORED_FOLDERS.isdisjoint(parts)
        or last.lower() in _LITTER
        or last.startswith(_LITTER_BEGINS)
        or last.endswith(".pyc")
    )


def ignored_folder(name: str) -> str:
    """Return the name of the ignored folder that a name lies in; empty when it lies in none."""
    return next((part for part in name.split("/") if part in _IGNORED_FOLDERS), "")


def shown(name: str) -> str:
    """Write an untrusted name so that a terminal or page can show it: escaped and not too long."""
    # Cut first: a name can be as long as its author likes.
    some = name[: _SHOWN + 1]
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in some)
    return cut(plain, _SHOWN)


def name_problems(name: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a `/`-separated name, each with how to fix it."""
    parts = name.split("/")
    if not name.strip("/"):
        yield "The name is empty.", "Give every file a name."
        return
    if name.startswith("/"):
        yield "The name is absolute.", "Use names relative to the top of the package."
    elif _DRIVE.match(name):
        yield "The name has a drive letter.", "Use names relative to the top of the package."
    elif "" in parts or "." in parts:
        yield 'The name has an empty or "." part.', "Write the path without it."
    if ".." in parts:
        yield 'The name climbs out of the package with "..".', 'Write the path without "..".'
    if "\\" in name:
        yield "The name has a backslash.", "Separate folders with / (pack it with another tool)."
    if any(unicodedata.category(c) in _HIDDEN_CATEGORIES for c in name):
        yield "The name has invisible or control characters.", "Rename the file."
    yield from _problems_on_windows(parts)
    yield from _length_problems(name, parts)


def _problems_on_windows(parts: list[str]) -> Iterator[tuple[str, str]]:
    if any(_DEVICE.fullmatch(part.partition(".")[0].rstrip(" ")) for part in parts):
        yield "The name is that of a device on Windows.", "Rename the file or folder."
    # Windows drops what ends a name so, and the file becomes another one.
    if any(part.endswith((".", " ")) and part not in (".", "..") for part in parts):
        yield "The name, or a folder's in it, ends with a dot or a space.", "Remove the ending."


def _length_problems(name: str, parts: list[str]) -> Iterator[tuple[str, str]]:
    if len(parts) > MAX_DEPTH:
        yield f"The file is more than {MAX_DEPTH} folders deep.", "Use fewer folders."
    longest = max(len(part.encode("utf-8", "surrogatepass")) for part in parts)
    whole = len(name.encode("utf-8", "surrogatepass"))
    if longest > MAX_PART_BYTES or whole > MAX_NAME_BYTES:
        most = f"at most {MAX_PART_BYTES} bytes per part, {MAX_NAME_BYTES} in total"
        yield f"The name is too long ({most}).", "Shorten it."


class NameTree:
    """The names seen so far, to find those that cannot exist side by side."""

    def __init__(self) -> None:
        self._is_folder: dict[str, bool] = {}
        self._listed: set[str] = set()
        self._spellings: dict[str, str] = {}

    def add(self, name: str, *, is_folder: bool) -> Iterator[tuple[str, str]]:
        """Remember a name and yield how it clashes with earlier ones, each with how to fix it."""
        if name in self._listed:
            yield "The name appears twice.", "Pack each file once."
            return
        self._listed.add(name)
        parts = name.split("/")
        if next(_length_problems(name, parts), None):
            return  # That is a fault already, and its folders could be too many to remember.
        for depth in range(1, len(parts)):
            yield from self._place("/".join(parts[:depth]), is_folder=True)
        yield from self._place(name, is_folder=is_folder)

    def _place(self, path: str, *, is_folder: bool) -> Iterator[tuple[str, str]]:
        known = self._is_folder.setdefault(path, is_folder)
        if known != is_folder:
            yield f'"{shown(path)}" is both a file and a folder.', "Rename one of them."
        caseless = unicodedata.normalize("NFD", path).casefold()
        key = unicodedata.normalize("NFD", caseless)
        other = self._spellings.setdefault(key, path)
        if other != path:
            # Each further spelling is reported once, however many files lie below it.
            self._spellings[key] = path
            yield (
                f'"{shown(path)}" and "{shown(other)}" differ only by case or accents\' encoding.',
                "Rename one of them: some file systems cannot tell them apart.",
            )
