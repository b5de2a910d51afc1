"""Opening what people submit: a .zip unpacked safely, or a folder checked in place.

Both are held to the same rules and limits, every breach is reported at once, and a rejected archive
leaves nothing behind. The names Python's `zipfile` would accept are not trusted: see
`zip_directory` (claims), `zip_contents` (bytes), `member_names` (names) and `folders` (disk).
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from valhub.evaluation.packages.faults import FaultList, all_faults
from valhub.evaluation.packages.files.folders import check_folder, content_hash, top_folder
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.evaluation.packages.files.tar_archives import is_tar, unpack_tar
from valhub.evaluation.packages.files.threads import Threads
from valhub.evaluation.packages.files.zip_contents import DamagedMember, contents
from valhub.evaluation.packages.files.zip_directory import Member, read_members
from valhub.evaluation.packages.limits import ALGORITHM_LIMITS, PACKAGE_LIMITS, ArchiveLimits

__all__ = [
    "ALGORITHM_LIMITS",
    "PACKAGE_LIMITS",
    "ArchiveLimits",
    "content_hash",
    "opened",
    "unpack",
]


_AT_ONCE, _QUEUED = 2, 256


@contextmanager
def opened(
    path: Path,
    limits: ArchiveLimits = ALGORITHM_LIMITS,
    *,
    within: Path | None = None,
    notes: list[str] | None = None,
) -> Iterator[Path]:
    """Open a package or an algorithm, packed or not.

    Parameters
    ----------
    path : Path
        A folder, which is checked and used where it is, or a .zip, which is unpacked into a
        private temporary folder for as long as the block runs.
    limits : ArchiveLimits
        How much it may hold.
    within : Path, optional
        Where the temporary folder is made; the system's place by default.
    notes : list of str, optional
        Is given what is no fault, but probably not meant, such as a packed `.git`.

    Yields
    ------
    Path
        Its root: the single top folder when there is one.

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    path = path.resolve()
    if path.is_dir():
        with all_faults(path.name) as faults:
            check_folder(path, limits, faults)
        _hand_over(faults, notes)
        yield top_folder(path)
    elif path.is_file():
        with scratch_folder(within) as scratch:
            yield unpack(path, scratch / (path.stem or "archive"), limits, notes=notes)
    else:
        with all_faults(shown(str(path))) as faults:
            faults.add("There is no such file or folder.", "Check the path.")


def unpack(
    archive: Path,
    destination: Path,
    limits: ArchiveLimits = ALGORITHM_LIMITS,
    *,
    notes: list[str] | None = None,
) -> Path:
    """Unpack a .zip, or where the limits allow it a .tar or .tar.gz: all of it or nothing.

    Parameters
    ----------
    archive : Path
        The .zip file.
    destination : Path
        The folder to make. Its parent exists; it does not, or is empty.
    limits : ArchiveLimits
        How much the archive may hold.
    notes : list of str, optional
        Is given what is no fault, but probably not meant, such as a packed `.git`.

    Returns
    -------
    Path
        The root: the archive's single top folder, or `destination`. Folders have mode 0755, files
        0644; what is no part of a package (`__MACOSX/`, `.DS_Store`, `.git/`, `.venv/`, `*.pyc`)
        is left out.

    Raises
    ------
    InvalidPackage
        With every fault found; then nothing is left of the attempt.
    """
    stage = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=destination.parent))
    try:
        with all_faults(archive.name) as faults, archive.open("rb") as file:
            _unpack_members(file, archive.name, stage, limits, faults)
        stage.chmod(0o755)
        stage.replace(destination)
        _hand_over(faults, notes)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return top_folder(destination)


def _hand_over(faults: FaultList, notes: list[str] | None) -> None:
    if notes is not None:
        notes += faults.notes


def _unpack_members(
    file: IO[bytes], archive: str, stage: Path, limits: ArchiveLimits, faults: FaultList
) -> None:
    if limits.tar and is_tar(file):
        unpack_tar(file, stage, limits, faults)
        return
    members = read_members(file, limits, faults, name=archive)
    if not members and not faults:
        faults.add("The archive contains only ignored files.", "Pack the files into it.")
    for member in members:
        target = stage / member.name
        _make_folder(target if member.is_folder else target.parent, stage)
    files = (member for member in members if not member.is_folder)
    # Unpacking and writing need no lock of the interpreter's, so two members take one's time.
    with Threads(max_workers=_AT_ONCE) as pool:
        while some := list(islice(files, _QUEUED)):
            for member, damage in pool.map(lambda one: (one, _damage(file, one, stage)), some):
                if damage:
                    faults.add(damage, "Pack the archive again.", file=shown(member.name))


def _make_folder(folder: Path, stage: Path) -> None:
    for part in reversed([folder, *folder.parents][: len(folder.relative_to(stage).parts)]):
        if not part.exists():
            part.mkdir()
            part.chmod(0o755)


def _damage(file: IO[bytes], member: Member, stage: Path) -> str:
    """Write a member to its place, and say what is damaged; nothing when it is sound."""
    target = stage / member.name
    try:
        with target.open("xb") as out:
            for piece in contents(file, member):
                out.write(piece)
    except DamagedMember as error:
        return str(error)
    target.chmod(0o644)
    return ""
