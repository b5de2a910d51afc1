"""What the hub stores about a package: its data files, and the columns of its board.

Only values are made here; `version_rows` stores them.
"""

from dataclasses import asdict

from valhub.analyses.board_columns import BoardColumn
from valhub.analyses.models import AnalysisVersion, DataFile, PackageKind
from valhub.evaluation.inspection import InspectedPackage
from valhub.evaluation.packages.tasks.parts import Part

# The largest number of the column; no machine comes near.
_LARGEST = 2**63 - 1


def version_of(package: InspectedPackage) -> AnalysisVersion:
    """Describe a package as a version that is not stored yet.

    The columns of a script package are empty: only its first result shows them.
    """
    version = AnalysisVersion(
        kind=PackageKind.SCRIPT, content_hash=package.content_hash, notes=list(package.notes)
    )
    task = package.task
    if task is not None:
        version.kind = PackageKind.TASK
        version.function_name = task.function_name
        version.offered_arguments = asdict(task.offered)
        version.environment = task.environment
        version.columns = [BoardColumn(**asdict(one)).document() for one in task.aggregates]
        version.file_columns = [asdict(one) for one in task.columns]
        version.disclosure = task.disclosure
        version.contract = task.contract
        counting = (one for one in package.files if one.on_leaderboard)
        version.final_files = sum(one.part == Part.FINAL for one in counting)
        version.memory_bytes = min(task.memory_bytes or 0, _LARGEST)
    return version


def files_of(package: InspectedPackage) -> list[DataFile]:
    """Describe what an algorithm is run on: a task's files, or a script package's test data."""
    return [
        DataFile(
            ordinal=ordinal,
            name=file.name,
            size=file.size,
            on_leaderboard=file.on_leaderboard,
            part=file.part,
            # The release before, which may still run beside this one, reads it there.
            public=file.part == Part.PUBLIC,
        )
        for ordinal, file in enumerate(package.files)
    ]
