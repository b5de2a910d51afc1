"""A version's package as the engine reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.package_cache import unpacked_package
from valhub.evaluation.evaluate import KNOWN_NAMES
from valhub.evaluation.packages import ScriptPackage, TaskPackage, open_package


@contextmanager
def open_package_of(version: AnalysisVersion) -> Iterator[TaskPackage | ScriptPackage]:
    """Open a version's package for as long as the block runs.

    The first time on a machine it is fetched from the storage, unpacked and checked against its
    content hash; after that it is there at once.

    Raises
    ------
    PackageUnavailable
        When the stored archive is gone or no longer what was uploaded.
    OSError
        When there is no room to unpack it.
    """
    folder = unpacked_package(version)
    yield _read(folder, version.analysis.annotation_file_name, version.analysis.analysis_name)


@lru_cache(maxsize=16)
def _read(folder: Path, annotation: str, name: str) -> TaskPackage | ScriptPackage:
    # A folder's content never changes, so that reading it once a process is enough.
    return open_package(folder, known=KNOWN_NAMES, annotation=annotation, name=name)
