"""Packages unpacked on this machine, one folder each, named by content.

    <engine cache>/packages/<content hash>/     the package as it was uploaded
                            .<content hash>.lock

A folder appears whole or not at all, and only with the content its name says. Removing one while
nobody uses it is safe: it is fetched again when it is needed. The truth is in here, so that the
whole is closed to other users of the machine.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.problems import PackageUnavailable
from valhub.cloud.storage import open_file
from valhub.evaluation.packages import PACKAGE_LIMITS, InvalidPackage
from valhub.evaluation.packages.archives import content_hash, unpack
from valhub.evaluation.packages.scratch import scratch_folder


def packages_folder() -> Path:
    """Return the folder of all unpacked packages, made when missing."""
    folder: Path = settings.ENGINE_CACHE / "packages"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep_unpacked(folder: Path, content: str) -> None:
    """Move an unpacked package, just checked, to its place; it stays where it is if that is taken.

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
            folder.rename(target)


def unpacked_package(version: AnalysisVersion) -> Path:
    """Find a version's package unpacked, or fetch and unpack it.

    Raises
    ------
    PackageUnavailable
        When the stored archive is gone or no longer what was uploaded.
    OSError
        When there is no room for it.
    """
    target = packages_folder() / version.content_hash
    if not target.exists():
        with _locked(version.content_hash):
            if not target.exists():
                _fetch(version, target)
    return target


def _fetch(version: AnalysisVersion, target: Path) -> None:
    with scratch_folder(packages_folder()) as scratch:
        archive, folder = scratch / "package.zip", scratch / "package"
        try:
            with open_file(version.archive) as stored, archive.open("wb") as out:
                shutil.copyfileobj(stored, out)
            root = unpack(archive, folder, PACKAGE_LIMITS)
        except (FileNotFoundError, InvalidPackage) as error:
            raise PackageUnavailable from error
        if content_hash(root) != version.content_hash:
            raise PackageUnavailable
        folder.rename(target)


@contextmanager
def _locked(content: str) -> Iterator[None]:
    """Let one process at a time make a folder; the lock ends with the process that holds it."""
    with (packages_folder() / f".{content}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
