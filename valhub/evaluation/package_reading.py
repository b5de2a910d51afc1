"""What `inspection`'s reader does: read one package in depth and report what is in it.

Only parsers run here, and none of the package's own code.
"""

from pathlib import Path
from typing import Any

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.inspection import InspectedFile, InspectedPackage, InspectionRequest
from valhub.evaluation.packages.dataset import prepare
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.task_package import TaskPackage
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.reader_process import serve
from valhub.evaluation.scoring.metrics import KNOWN_NAMES
from valhub.evaluation.scoring.package_check import check_scoring


def read_package(request: InspectionRequest) -> InspectedPackage:
    """Read a package, and prepare its data when that is small enough to read at once.

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    package = open_package(
        Path(request.root), known=KNOWN_NAMES, annotation=request.annotation, name=request.name
    )
    if isinstance(package, ScriptPackage):
        return _of_script(package)
    check_scoring(package)
    if _data_bytes(package) <= request.read_at_once_bytes:
        prepare(package, Path(request.store), wire.write_value)
    return _of_task(package)


def _data_bytes(package: TaskPackage) -> int:
    paths = [file.path for file in package.files]
    return sum(path.stat().st_size for path in (*paths, *package.sidecars.values()))


def _of_script(package: ScriptPackage) -> InspectedPackage:
    data = package.test_data
    file = InspectedFile(data.name, data.stat().st_size)
    return InspectedPackage(package.content_hash, None, (file,))


def _of_task(package: TaskPackage) -> InspectedPackage:
    files = (
        InspectedFile(file.name, file.path.stat().st_size, file.on_leaderboard, file.public)
        for file in package.files
    )
    return InspectedPackage(package.content_hash, package.config, tuple(files))


def _read(document: dict[str, Any]) -> dict[str, Any]:
    limits = ReaderLimits(**document.pop("limits"))
    return read_package(InspectionRequest(**document, limits=limits)).document()


if __name__ == "__main__":
    serve(_read)
