"""Unpacking a package that is a .tar or .tar.gz, under the rules and limits of a .zip.

Only files and folders are written, never links or devices, and under names that were checked. The
archive is read once, from its beginning to its end, so the limits hold while it is unpacked.
"""

import gzip
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.file_kinds import HEAD_BYTES, TAR, TAR_GZ, kind_of
from valhub.evaluation.packages.files.left_out import note_folders
from valhub.evaluation.packages.files.member_names import (
    NameTree,
    ignored_folder,
    is_ignored,
    name_problems,
    shown,
)
from valhub.evaluation.packages.limits import ArchiveLimits

_REPACK = "Pack the archive again."
_CHUNK = 256 * 1024
# Packers fill the last block with zeros, of 10 KiB by default.
_LONGEST_END = 1024 * 1024


def is_tar(file: IO[bytes]) -> bool:
    """Return whether a file begins as a .tar or .tar.gz does; it is at its beginning again."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return kind_of(head) in (TAR, TAR_GZ)


def unpack_tar(file: IO[bytes], stage: Path, limits: ArchiveLimits, faults: FaultList) -> None:
    """Unpack an archive into an empty folder.

    Parameters
    ----------
    file : binary file
        The archive.
    stage : Path
        The folder. What is in it after a fault is of no use.
    limits : ArchiveLimits
        How much the archive may hold.
    faults : FaultList
        Takes note of links, special files, bad names, damage and exceeded limits; its notes, of
        folders that are left out.
    """
    tree, total, count = NameTree(), 0, 0
    left_out: dict[str, None] = {}
    largest = max(limits.ratio * os.fstat(file.fileno()).st_size, limits.ratio_from_bytes)
    with (
        _damage_noted(faults),
        _unfolded(file) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for member in archive:
            if member.size < 0:
                raise tarfile.ReadError("a size is below zero")
            # What is left out is unfolded all the same: the archive is one stream.
            unfolded = member.offset_data + member.size
            name = member.name.removeprefix("./").rstrip("/")
            folder = ignored_folder(name)
            left_out.update({folder: None} if folder else {})
            # The top itself, which `tar .` packs too, has no name.
            is_part = not (name in ("", ".") or folder or is_ignored(name))
            count, total = count + is_part, total + member.size * is_part
            if count > limits.files:
                faults.add(*limits.too_many_files())
                return
            if max(total, unfolded) > limits.total_bytes:
                faults.add(*limits.too_many_bytes(max(total, unfolded)))
                return
            if max(total, unfolded) > largest:
                problem = f"The files are more than {limits.ratio} times as large as the archive."
                faults.add(problem, "Pack only the files of the package.")
                return
            if is_part and _is_sound(member, name, tree, faults):
                _write(archive, member, stage / name)
        _check_end(stream, faults)
        note_folders(left_out, faults)
        if not count:
            faults.add("The archive contains only ignored files.", "Pack the files into it.")


@contextmanager
def _unfolded(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Read an archive's own bytes, of all parts that a .gz may have."""
    if kind_of(file.read(HEAD_BYTES)) == TAR:
        file.seek(0)
        yield file
        return
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as unfolding:
        yield cast("IO[bytes]", unfolding)


def _check_end(stream: IO[bytes], faults: FaultList) -> None:
    """Note what follows the end: readers stop there, and a second archive would be lost."""
    left = _LONGEST_END
    while piece := stream.read(_CHUNK):
        left -= len(piece)
        if left < 0 or piece.strip(b"\0"):
            faults.add(
                "There is something behind the end of the archive, such as another archive.",
                "Pack all files into one archive.",
            )
            return


@contextmanager
def _damage_noted(faults: FaultList) -> Iterator[None]:
    try:
        yield
    except (
        tarfile.TarError,
        gzip.BadGzipFile,
        EOFError,
        zlib.error,
        UnicodeError,
        ValueError,
    ) as error:
        reason = shown(str(error).split("\n", 1)[0])
        faults.add(f"It is not a readable .tar archive ({reason}).", _REPACK)


def _is_sound(member: tarfile.TarInfo, name: str, tree: NameTree, faults: FaultList) -> bool:
    problems = [*name_problems(name), *tree.add(name, is_folder=member.isdir())]
    if member.issym() or member.islnk():
        problems.append(("It is a link.", "Pack the file itself."))
    elif not (member.isfile() or member.isdir()):
        problems.append(("It is neither a file nor a folder.", "Leave it out."))
    for problem, fix in problems:
        faults.add(problem, fix, file=shown(name))
    return not problems


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    folder = target if member.isdir() else target.parent
    folder.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        return
    content = archive.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name} has no content")
    with target.open("xb") as out:
        left = member.size
        while left and (piece := content.read(min(left, _CHUNK))):
            out.write(piece)
            left -= len(piece)
    if left:
        raise tarfile.ReadError("it is cut short")
    target.chmod(0o644)
