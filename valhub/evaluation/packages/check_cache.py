"""Results of checks, so that the same bytes are not read again to say the same.

    <cache>/checks/<key>     one result as JSON, behind its SHA-256

A key stands for the bytes, for how they were checked, and for the code that did so. A file appears
complete or not at all, however many processes check the same at once. A damaged one counts as
missing. Refusals are results too; what was not decided by the bytes alone is not kept.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import valhub
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.evaluation.packages.files.cache_entries import trim
from valhub.evaluation.packages.files.folders import content_hash
from valhub.evaluation.packages.files.member_names import is_ignored
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.evaluation.packages.requirements.upload_dates import NOT_PASSED

CHECKS = "checks"
_MOST_BYTES = 16 * 1024**2
_LARGEST_RESULT = 1024**2
_DIGEST = hashlib.sha256().digest_size * 2
_READERS = ("numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class CheckCache:
    """The results that are kept in a folder, which is made when missing."""

    folder: Path

    def find(self, key: str) -> dict[str, Any] | None:
        """Return what was kept under a key; None when nothing was, or it is damaged."""
        path = self.folder / key
        try:
            kept = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        digest, result = kept[:_DIGEST], kept[_DIGEST:]
        if hashlib.sha256(result).hexdigest().encode() != digest:
            return None
        found: dict[str, Any] = json.loads(result)
        return found

    def keep(self, key: str, result: dict[str, Any]) -> None:
        """Keep a result, unless it is very large or the disk refuses it."""
        text = json.dumps(result).encode()
        if len(text) > _LARGEST_RESULT:
            return
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with scratch_folder(self.folder) as scratch:
                written = scratch / key
                written.write_bytes(hashlib.sha256(text).hexdigest().encode() + text)
                written.replace(self.folder / key)
            trim([self.folder], _MOST_BYTES)
        except OSError:
            # A result that is not kept is found again, by reading.
            return

    def result(self, key: str, name: str, check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return the kept result of a check, or check now and keep what was found.

        Parameters
        ----------
        key : str
            From `check_key`.
        name : str
            The name that faults are reported under.
        check : callable
            Returns what it found, as JSON can hold it.

        Raises
        ------
        InvalidPackage
            With the faults that `check` raised, now or before.
        """
        kept = self.find(key)
        if kept is None:
            kept = _checked(check)
            if not _is_about_today(kept):
                self.keep(key, kept)
        return reported(kept, name)


def reported(kept: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what a check found, or raise the `InvalidPackage` that it raised.

    Parameters
    ----------
    kept : dict
        From `CheckCache.find`.
    name : str
        The name that faults are reported under.
    """
    if "faults" in kept:
        raise InvalidPackage(name, tuple(Fault(**fault) for fault in kept["faults"]))
    found: dict[str, Any] = kept["found"]
    return found


def _checked(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"found": check()}
    except InvalidPackage as error:
        return {"faults": [asdict(fault) for fault in error.faults]}


def _is_about_today(result: dict[str, Any]) -> bool:
    """Return whether a refusal ends by itself, once a day has passed."""
    return any(NOT_PASSED in fault["problem"] for fault in result.get("faults", ()))


def check_key(content: str, **how: object) -> str:
    """Name the check of some bytes.

    Parameters
    ----------
    content : str
        From `archive_content` or `folder_content`.
    how : object
        Whatever else the result depends on, as JSON can hold it.
    """
    parts = json.dumps([content, how, _code()], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()


def archive_content(archive: Path) -> str:
    """Hash an archive's bytes."""
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_content(root: Path) -> str:
    """Hash all files of a folder, and the names of what is ignored or empty, which notes list."""
    names = hashlib.sha256()
    for place, folders, files in os.walk(root):
        inside = os.path.relpath(place, root)
        names.update(os.fsencode(json.dumps([inside, sorted(folders), sorted(files)])))
        folders[:] = sorted(name for name in folders if not is_ignored(name))
    return f"{content_hash(root)}-{names.hexdigest()}"


@cache
def _code() -> list[str]:
    """Say which code checks: the product's version and files, and the libraries that read."""
    root = Path(valhub.__file__).parent
    files = sorted((str(path), path.stat()) for path in root.rglob("*.py"))
    stamps = "".join(f"{path} {found.st_size} {found.st_mtime_ns}\n" for path, found in files)
    digest = hashlib.sha256(stamps.encode()).hexdigest()
    return [valhub.__version__, digest, sys.version, *(version(name) for name in _READERS)]
