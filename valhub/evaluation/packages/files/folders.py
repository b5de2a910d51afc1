"""Folders on disk: what is in them, whether it is safe to read, and the hash of all of it."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.left_out import is_environment, note_folders
from valhub.evaluation.packages.files.member_names import (
    NameTree,
    ignored_folder,
    is_ignored,
    name_problems,
    shown,
)
from valhub.evaluation.packages.limits import ArchiveLimits


def check_folder(root: Path, limits: ArchiveLimits, faults: FaultList) -> None:
    """Note every entry of a folder that a package may not have, by the rules for archives.

    Parameters
    ----------
    root : Path
        An existing folder. Nothing in it is followed, opened or changed.
    limits : ArchiveLimits
        How many entries and bytes it may have.
    faults : FaultList
        Takes note of links, special files, bad names and exceeded limits; its notes, of folders
        that are ignored.
    """
    tree, total = NameTree(), 0
    left_out: list[str] = []
    for count, (entry, name) in enumerate(_entries(root, left_out), start=1):
        if count > limits.files:
            faults.add(*limits.too_many_files())
            return
        total += _check_entry(entry, name, tree, faults)
    if total > limits.total_bytes:
        faults.add(*limits.too_many_bytes(total))
    # Python makes its own cache again whenever one tries a package at home.
    note_folders((name for name in left_out if name != "__pycache__"), faults)


def _check_entry(entry: os.DirEntry[str], name: str, tree: NameTree, faults: FaultList) -> int:
    is_folder = entry.is_dir(follow_symlinks=False)
    for problem, fix in (*name_problems(name), *tree.add(name, is_folder=is_folder)):
        faults.add(problem, fix, file=shown(name))
    if entry.is_symlink():
        faults.add("It is a symbolic link.", "Put the file itself there.", file=shown(name))
    elif entry.is_file(follow_symlinks=False):
        return entry.stat(follow_symlinks=False).st_size
    elif not is_folder:
        faults.add("It is neither a file nor a folder.", "Remove it.", file=shown(name))
    return 0


def _entries(
    root: Path, left_out: list[str] | None = None
) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Yield every entry below a folder with its `/`-separated name, never following links.

    The names of folders that are ignored are added to `left_out`.
    """
    pending = [(root, "")]
    ignored = [] if left_out is None else left_out
    while pending:
        folder, prefix = pending.pop()
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
            if prefix and is_environment(entry.name for entry in found):
                ignored.append(prefix.rstrip("/"))
                continue
            for entry in found:
                name = prefix + entry.name
                if is_ignored(name):
                    ignored += [inside] if (inside := ignored_folder(entry.name)) else []
                    continue
                yield entry, name
                if entry.is_dir(follow_symlinks=False):
                    pending.append((Path(entry.path), name + "/"))


def file_names(root: Path) -> list[str]:
    """List the files below a folder as sorted `/`-separated names, without the ignored ones."""
    return sorted(name for entry, name in _entries(root) if entry.is_file(follow_symlinks=False))


def part_names(root: Path) -> list[str]:
    """List files and folders below a folder, without the ignored ones, each after its folder."""
    return sorted(name for _, name in _entries(root))


def content_hash(root: Path) -> str:
    """Hash names and bytes of all files below a folder.

    Parameters
    ----------
    root : Path
        The top of a package or algorithm, from a folder or an unpacked archive alike.

    Returns
    -------
    str
        64 hexadecimal digits of SHA-256. Times, modes, empty folders and ignored files (such as
        `__pycache__/`) do not count.
    """
    whole = hashlib.sha256()
    for name in file_names(root):
        with (root / name).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").digest()
        encoded = os.fsencode(name)
        # The length keeps a name's end apart from what follows it.
        whole.update(len(encoded).to_bytes(4, "big") + encoded + digest)
    return whole.hexdigest()


def top_folder(root: Path) -> Path:
    """Return the single folder that holds everything, or the folder itself.

    Archives are packed with one top folder or with none; litter beside it does not count.
    """
    entries = [
        entry
        for entry in root.iterdir()
        if not is_ignored(entry.name) and not _holds_environment(entry)
    ]
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        return entries[0]
    return root


def _holds_environment(path: Path) -> bool:
    is_marked = (path / "pyvenv.cfg").is_file()
    return is_marked and is_environment(child.name for child in path.iterdir())
