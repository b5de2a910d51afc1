"""A version's package as the engine reads it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

from valhub.analyses.models import AnalysisVersion, PackageKind
from valhub.analyses.package_cache import unpacked_package
from valhub.analyses.problems import PackageAltered
from valhub.evaluation.evaluate import KNOWN_NAMES
from valhub.evaluation.packages import InvalidPackage, ScriptPackage, TaskPackage, open_package
from valhub.evaluation.packages.cache_entries import discard


@contextmanager
def open_package_of(version: AnalysisVersion) -> Iterator[TaskPackage | ScriptPackage]:
    """Open a version's package for as long as the block runs.

    The first time on a machine it is fetched from the storage, unpacked and checked against its
    content hash; after that it is there at once. Each process checks the hash again when it first
    reads it, and has it fetched again when the disk has changed it.

    Raises
    ------
    PackageMissing, PackageAltered
        When the stored archive is gone, or no longer what was uploaded.
    StorageTrouble
        When the storage cannot be asked.
    OSError
        When there is no room to unpack it.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(unpacked_package(version))
        package = _as_uploaded(version, folder)
        if package is None:
            discard(folder)
            folder = stack.enter_context(unpacked_package(version))
            package = _as_uploaded(version, folder)
        if package is None:
            raise PackageAltered
        yield package


def _as_uploaded(version: AnalysisVersion, folder: Path) -> TaskPackage | ScriptPackage | None:
    """Read a package; None when it is not what its version says."""
    analysis = version.analysis
    try:
        package = _read(folder, analysis.annotation_file_name, analysis.analysis_name)
    except InvalidPackage:
        return None
    if package.content_hash != version.content_hash:
        _read.cache_clear()
        return None
    return package


def function_of(version: AnalysisVersion) -> str | None:
    """Name of the function that a version asks algorithms for; None for a script package."""
    if version.kind == PackageKind.SCRIPT:
        return None
    if version.function_name:
        return version.function_name
    # A version stored before its row held the name.
    with open_package_of(version) as package:
        assert isinstance(package, TaskPackage)  # noqa: S101 - the version says so
        return package.config.function_name


@lru_cache(maxsize=16)
def _read(folder: Path, annotation: str, name: str) -> TaskPackage | ScriptPackage:
    # A folder's content never changes, so that reading it once a process is enough.
    return open_package(folder, known=KNOWN_NAMES, annotation=annotation, name=name)
