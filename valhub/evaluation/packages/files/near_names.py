"""A file that has almost the right name, or lies in the wrong folder: which one was meant.

Nothing is ever read under such a name, because a guess that is wrong would run the wrong code.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from valhub.evaluation.packages.files.file_kinds import kind_of, read_head
from valhub.evaluation.packages.files.folders import file_names
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import did_you_mean

_COPY = re.compile(
    r"(copy of |kopie von )|( ?\(\d+\)|[ _-]{1,3}(copy|kopie)( ?\(?\d+\)?)?)(?=\.|$)"
)
_MOST_BYTES, _MOST_MODULES = 1024 * 1024, 100
_OTHER_TABLES = frozenset({"xlsx", "xls", "xlsm", "ods", "numbers", "tsv", "txt", "json"})


def same_name(wanted: str, names: Iterable[str]) -> str | None:
    """Find the name that is the wanted one but for case, a copy's number, `-` or a second ending.

    Parameters
    ----------
    wanted : str
        A file's name, without folders.
    names : iterable of str
        Names without folders; none of them is the wanted one.
    """
    bare = _bare(wanted)
    return next((name for name in sorted(set(names)) if _bare(name) == bare), None)


def rename_hint(wanted: str, names: Iterable[str]) -> str:
    """Say which file of a folder was probably meant, as a sentence; empty when none was.

    Parameters
    ----------
    wanted : str
        The name of the file that is missing.
    names : iterable of str
        The names of the files that are there instead.
    """
    known = list(names)
    found = same_name(wanted, known)
    if found is None:
        hint = did_you_mean(wanted, known)
        return hint if hint.startswith("Did") else ""
    return f'Rename "{shown(found)}"{_why(found, wanted)} to {wanted}.'


def table_hint(root: Path, wanted: str) -> str:
    """Say which file was probably meant as a table that is missing; empty when none was.

    Parameters
    ----------
    root : Path
        The package's folder.
    wanted : str
        The table's path inside it, ending in `.csv`.
    """
    folder, name = (root / wanted).parent, PurePosixPath(wanted)
    if not folder.is_dir():
        return ""
    names = [path.name for path in sorted(folder.iterdir()) if path.is_file()]
    for other in names:
        stem, _, ending = other.rpartition(".")
        if stem.casefold() == name.stem and ending.lower() in _OTHER_TABLES:
            return f'Save "{shown(other)}" as {name.name}.'
    found = same_name(name.name, names)
    return rename_hint(name.name, [found]) if found else ""


def missing_entry(root: Path, wanted: str, function: str) -> tuple[str, str] | None:
    """Say why an algorithm's or a package's main file is missing, when the other files show it.

    Parameters
    ----------
    root : Path
        The folder in which it was looked for.
    wanted : str
        Its name.
    function : str
        The function it has to define; empty when it is no Python file.

    Returns
    -------
    tuple of str or None
        The problem and its fix.
    """
    names = file_names(root)
    if names and all(_is_packed(root / name) for name in names):
        return (
            f'There is only another archive in it, "{shown(names[0])}".',
            "Unpack that one, and pack its files.",
        )
    problem = f"There is no {wanted}."
    fix = _elsewhere(names, wanted) or _function_elsewhere(root, names, wanted, function)
    return (problem, fix) if fix else None


def _elsewhere(names: list[str], wanted: str) -> str:
    """Look for the file itself: under another name beside, or in a folder further down."""
    beside = [name for name in names if "/" not in name]
    deeper = [name for name in names if PurePosixPath(name).name == wanted]
    if same_name(wanted, beside):
        return rename_hint(wanted, beside)
    if deeper:
        folder = shown(str(PurePosixPath(deeper[0]).parent))
        return f'It is in the folder "{folder}": pack the files of that folder.'
    near = (PurePosixPath(name) for name in names)
    found = next((path for path in near if same_name(wanted, [path.name])), None)
    return f'Rename "{shown(str(found))}"{_why(found.name, wanted)} to {wanted}.' if found else ""


def _function_elsewhere(root: Path, names: list[str], wanted: str, function: str) -> str:
    """Look for the function, in a Python file of another name or in a notebook."""
    if not function:
        return ""
    define = re.compile(rf"^def {re.escape(function)}\b".encode(), re.MULTILINE)
    for name in [name for name in names if name.endswith(".py")][:_MOST_MODULES]:
        path = root / name
        if path.stat().st_size <= _MOST_BYTES and define.search(path.read_bytes()):
            return f'"{shown(name)}" defines {function}: name it {wanted}, or import it there.'
    notebook = next((name for name in names if name.lower().endswith(".ipynb")), None)
    if notebook:
        return f'"{shown(notebook)}" is a notebook, which is not run. Save its code as {wanted}.'
    return ""


def _is_packed(path: Path) -> bool:
    kind = kind_of(read_head(path))
    return kind is not None and kind.is_packed


def _why(found: str, wanted: str) -> str:
    if found.lower() == f"{wanted}.txt".lower():
        return " (Windows hides the ending .txt)"
    if found.lower() == wanted.lower():
        return " (capital letters count)"
    return ""


def _bare(name: str) -> str:
    """Reduce a name to what two names of one file have in common."""
    plain = _COPY.sub("", unicodedata.normalize("NFC", name).casefold()).strip()
    plain = re.sub(r"[\s_-]+", "_", plain)
    stem, _, ending = plain.rpartition(".")
    # `x.py.txt` and `x.csv.csv`: an ending that Windows hid, and was written once more.
    doubled = "." in stem and (ending == "txt" or stem.endswith(f".{ending}"))
    return stem if doubled else plain
