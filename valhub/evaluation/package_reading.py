"""What `inspection`'s reader does: unpack and read one package in depth, and report what is in it.

Only parsers run here, and none of the package's own code.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.limits import CallLimits
from valhub.evaluation.inspection import (
    InspectedAggregate,
    InspectedColumn,
    InspectedFile,
    InspectedPackage,
    InspectedTask,
    InspectionRequest,
)
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.check_cache import (
    CHECKS,
    CheckCache,
    archive_content,
    check_key,
)
from valhub.evaluation.packages.limits import PACKAGE_LIMITS
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.dataset import MOST_NOTES, prepare
from valhub.evaluation.packages.tasks.public_archive import write_archive
from valhub.evaluation.packages.tasks.public_part import left_out_notes, public_files_of
from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.packages.tasks.task_contract import TaskContract
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.reader import ReaderLimits
from valhub.evaluation.reader_process import serve
from valhub.evaluation.scoring.disclosure_notes import disclosure_notes
from valhub.evaluation.scoring.metrics import KNOWN_NAMES
from valhub.evaluation.scoring.package_check import check_scoring
from valhub.evaluation.scoring.plan import AggregateColumn, Scoring
from valhub.evaluation.upload_reading import unpack_upload


def read_package(request: InspectionRequest) -> InspectedPackage:
    """Unpack and read a package, and prepare its data when that is small enough to read at once.

    What was found in the same archive before is reported again without reading it.

    Raises
    ------
    InvalidPackage
        With every fault found.
    """
    # Unpacked in any case: the hub keeps what was unpacked.
    root = unpack_upload(request, PACKAGE_LIMITS)
    content = archive_content(Path(f"/proc/self/fd/{request.archive}"))
    key = check_key(
        content,
        by="upload with contract",
        annotation=request.annotation,
        at_once=request.read_at_once_bytes,
    )
    checks = CheckCache(Path(request.store).with_name(CHECKS))
    found = checks.result(key, request.name, lambda: _inspected(root, request).document())
    return _with_archive(InspectedPackage.from_document(found), root, request)


def _with_archive(
    found: InspectedPackage, root: Path, request: InspectionRequest
) -> InspectedPackage:
    """Write the archive of the public files, and say where they are in what was unpacked."""
    if request.public and found.public.files:
        write_archive(found.public, root, Path(request.public))
    place = root.relative_to(request.unpacked).as_posix()
    return replace(found, public=found.public.below(place))


def _inspected(root: Path, request: InspectionRequest) -> InspectedPackage:
    package = open_package(
        root, known=KNOWN_NAMES, annotation=request.annotation, name=request.name
    )
    if isinstance(package, ScriptPackage):
        return _of_script(package)
    check_scoring(package)
    public = public_files_of(package)
    notes = [*package.notes, *disclosure_notes(package), *left_out_notes(public)]
    if _data_bytes(package) <= request.read_at_once_bytes:
        notes += prepare(package, Path(request.store), wire.write_value).notes
    return replace(_of_task(package, notes), public=public)


def _data_bytes(package: TaskPackage) -> int:
    paths = [file.path for file in package.files]
    return sum(path.stat().st_size for path in (*paths, *package.sidecars.values()))


def _of_script(package: ScriptPackage) -> InspectedPackage:
    data = package.test_data
    file = InspectedFile(data.name, data.stat().st_size)
    return InspectedPackage(package.content_hash, None, (file,))


def _of_task(package: TaskPackage, notes: list[str]) -> InspectedPackage:
    files = (
        InspectedFile(file.name, file.path.stat().st_size, file.on_leaderboard, file.part)
        for file in package.files
    )
    config, plan = package.config, Scoring.from_config(package.config)
    ranked = sorted(plan.aggregates, key=lambda one: one.name != plan.primary)
    task = InspectedTask(
        function_name=config.function_name,
        offered=OfferedArguments.from_config(config),
        environment=config.environment.model_dump(mode="json"),
        columns=tuple(InspectedColumn(one.name, one.unit) for one in plan.columns),
        aggregates=tuple(_aggregate(one, config, plan.primary) for one in ranked),
        memory_bytes=config.limits.memory_bytes,
        disclosure=config.declared.document(),
        contract=_contract(config).document(),
    )
    return InspectedPackage(package.content_hash, task, tuple(files), tuple(notes[:MOST_NOTES]))


def _contract(config: TaskConfig) -> TaskContract:
    usual = CallLimits()
    return TaskContract.from_config(
        config,
        timeout_s=usual.timeout_s,
        memory_bytes=usual.memory_bytes,
        output_bytes=usual.output_bytes,
    )


def _aggregate(one: AggregateColumn, config: TaskConfig, primary: str) -> InspectedAggregate:
    displayed = config.display_metrics
    return InspectedAggregate(
        name=one.name,
        label=one.label,
        unit=one.unit,
        operation=one.operation,
        column=one.column.name,
        best=one.best,
        shown=not displayed or one.name in displayed or one.name == primary,
    )


def _read(document: dict[str, Any]) -> dict[str, Any]:
    limits = ReaderLimits(**document.pop("limits"))
    return read_package(InspectionRequest(**document, limits=limits)).document()


if __name__ == "__main__":
    serve(_read)
