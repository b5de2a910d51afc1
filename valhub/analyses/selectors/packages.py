"""A version's package as the engine reads it, in depth: for workers, never for the web server."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

from valhub.analyses.errors import PackageAltered
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.package_cache import unpacked_package
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.cache_entries import discard
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.scoring.metrics import KNOWN_NAMES


@contextmanager
def open_package_of(version: AnalysisVersion) -> Iterator[TaskPackage | ScriptPackage]:
    """Open a version's package for as long as the block runs.

    The first time on a machine it is fetched from the storage, unpacked and checked against its
    content hash; after that it is available at once. Each process checks the hash again when it
    first reads it, and has it fetched again when the disk has changed it.

    Raises
    ------
    Unavailable
        `PackageAltered` when the stored archive is no longer what was uploaded, or is gone.
    StorageError
        When the storage cannot be reached.
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


@lru_cache(maxsize=16)
def _read(folder: Path, annotation: str, name: str) -> TaskPackage | ScriptPackage:
    # A folder's content never changes, so that reading it once a process is enough.
    return open_package(folder, known=KNOWN_NAMES, annotation=annotation, name=name)
