"""What the hub stores about a package: its data files, and the columns of its board.

Only values are made here; `version_rows` stores them.
"""

from dataclasses import asdict

from valhub.analyses.board_columns import BoardColumn
from valhub.analyses.models import AnalysisVersion, DataFile, PackageKind
from valhub.evaluation.inspection import InspectedPackage
from valhub.evaluation.packages.offered_arguments import OfferedArguments
from valhub.evaluation.packages.task_config import TaskConfig
from valhub.evaluation.scoring.plan import AggregateColumn, Scoring


def version_of(package: InspectedPackage) -> AnalysisVersion:
    """Describe a package as a version that is not stored yet.

    The columns of a script package are empty: only its first result shows them.
    """
    version = AnalysisVersion(kind=PackageKind.SCRIPT, content_hash=package.content_hash)
    if package.config is not None:
        plan = Scoring.from_config(package.config)
        version.kind = PackageKind.TASK
        version.function_name = package.config.function_name
        version.offered_arguments = asdict(OfferedArguments.from_config(package.config))
        version.columns = [one.document() for one in _board_columns(package.config, plan)]
        version.file_columns = [{"name": one.name, "unit": one.unit} for one in plan.columns]
    return version


def _board_columns(config: TaskConfig, plan: Scoring) -> list[BoardColumn]:
    """The aggregates in the package's order, the one that ranks first."""
    displayed = config.display_metrics
    ranked = sorted(plan.aggregates, key=lambda one: one.name != plan.primary)

    def column(one: AggregateColumn) -> BoardColumn:
        return BoardColumn(
            name=one.name,
            label=one.label,
            unit=one.unit,
            operation=one.operation,
            column=one.column.name,
            best=one.best,
            shown=not displayed or one.name in displayed or one.name == plan.primary,
        )

    return [column(one) for one in ranked]


def files_of(package: InspectedPackage) -> list[DataFile]:
    """Describe what an algorithm is run on: a task's files, or a script package's test data."""
    return [
        DataFile(
            ordinal=ordinal,
            name=file.name,
            size=file.size,
            on_leaderboard=file.on_leaderboard,
            public=file.public,
        )
        for ordinal, file in enumerate(package.files)
    ]
