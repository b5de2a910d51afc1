"""Packages unpacked on this machine, one folder each, named by content.

    <engine cache>/packages/<content hash>/     the package as it was uploaded
                            .<content hash>.lock

A folder appears whole or not at all, and only with the content its name says. Removing one while
nobody uses it is safe: it is fetched again when it is needed. Packages contain the truth, so the
whole folder is closed to other users of the machine.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valhub.analyses.cache_limit import PACKAGES, cache_folder, trim_files
from valhub.analyses.errors import PackageAltered
from valhub.analyses.models import AnalysisVersion
from valhub.cloud.errors import FileAltered
from valhub.cloud.storage import fetch_file
from valhub.errors import Unavailable
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.archives import content_hash, unpack
from valhub.evaluation.packages.files.cache_entries import cache_entry
from valhub.evaluation.packages.files.scratch import scratch_folder
from valhub.evaluation.packages.limits import PACKAGE_LIMITS


def packages_folder() -> Path:
    """Return the folder of all unpacked packages, made when missing."""
    return cache_folder(PACKAGES)


def cache_unpacked(folder: Path, content: str) -> None:
    """Move an unpacked, checked package to its place in the cache, unless it is there already.

    Parameters
    ----------
    folder : Path
        On the same file system as the cache.
    content : str
        The package's content hash.
    """
    target = packages_folder() / content
    with _locked(content):
        if not target.exists():
            _put(folder, target)
    trim_files()


@contextmanager
def unpacked_package(version: AnalysisVersion) -> Iterator[Path]:
    """Find a version's package unpacked, or fetch and unpack it; inside the block it stays.

    Raises
    ------
    Unavailable
        `PackageAltered` when the stored archive is no longer what was uploaded, or is gone.
    StorageError
        When the storage cannot be reached.
    OSError
        When there is no room for it.
    """
    target = packages_folder() / version.content_hash
    with cache_entry(target, lambda: _make(version, target)) as folder:
        yield folder


def _make(version: AnalysisVersion, target: Path) -> None:
    with _locked(version.content_hash):
        if not target.exists():
            _fetch(version, target)
    trim_files()


def _fetch(version: AnalysisVersion, target: Path) -> None:
    with scratch_folder(packages_folder()) as scratch:
        archive, folder = scratch / "package.zip", scratch / "package"
        try:
            fetch_file(version.archive, archive, sha256=version.archive_sha256)
            root = unpack(archive, folder, PACKAGE_LIMITS)
        except FileNotFoundError as error:
            raise Unavailable(
                "The stored package is missing. The hub's administrator has to restore it.",
                code="package-missing",
            ) from error
        except (FileAltered, InvalidPackage) as error:
            raise PackageAltered from error
        if content_hash(root) != version.content_hash:
            raise PackageAltered
        _put(folder, target)


def _put(folder: Path, target: Path) -> None:
    # Unpacking may have taken long, and what was used longest ago is removed first.
    os.utime(folder)
    folder.rename(target)


@contextmanager
def _locked(content: str) -> Iterator[None]:
    """Let one process at a time make a folder; the lock ends with the process that holds it."""
    with (packages_folder() / f".{content}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
