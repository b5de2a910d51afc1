"""How one analysis is scored: its `config.json` resolved against the registry of metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from valhub.evaluation.packages.faults import FaultList, all_faults
from valhub.evaluation.packages.tasks.task_config import (
    CONFIG,
    Alignment,
    MetricOverride,
    NamedAggregate,
    NamedColumn,
    TaskConfig,
)
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.metrics import METRICS, REFERENCE_UNIT, Metric

NO_OVERRIDE = MetricOverride(unit=None, lower_is_better=None)


@dataclass(frozen=True)
class FileColumn:
    """One number for each file, such as `mean_absolute_error_time_series`.

    Attributes
    ----------
    references : tuple of str
        What the metric is computed from; empty for a resource metric.
    tolerance : float or None
        In the unit the metric takes it in; None when it takes none.
    angular : bool
        The reference is an angle in degrees, so differences are wrapped to ±180.
    """

    name: str
    metric: Metric
    references: tuple[str, ...]
    unit: str
    best: Best
    tolerance: float | None = None
    angular: bool = False


@dataclass(frozen=True)
class AggregateColumn:
    """One number over all files, such as `mean_mean_absolute_error_time_series`."""

    name: str
    operation: str
    column: FileColumn
    label: str

    @property
    def unit(self) -> str:
        """The unit of its column."""
        return self.column.unit

    @property
    def best(self) -> Best:
        """Which value is the best one; a spread is best when it is small."""
        return Best.LOWEST if self.operation == "std" else self.column.best


@dataclass(frozen=True)
class Scoring:
    """Everything scoring needs to know about an analysis.

    Attributes
    ----------
    references : tuple of str
        Names of the truths, in the order a scalar answer gives them.
    primary : str
        The aggregate that ranks.
    slices : tuple of str
        Metadata columns.
    fill : float or None
        Stands in for a missing value of a series answer.
    alignment : {"date", "timestamp"}
        What a series answer is aligned with its reference by.
    of_earlier_hub : bool
        Whether answers are read by that hub's rules, too; see `alignment` and `scalars`.
    """

    references: tuple[str, ...]
    columns: tuple[FileColumn, ...]
    aggregates: tuple[AggregateColumn, ...]
    primary: str
    slices: tuple[str, ...] = ()
    fill: float | None = None
    alignment: Alignment = "timestamp"
    of_earlier_hub: bool = False

    @classmethod
    def from_config(cls, config: TaskConfig) -> "Scoring":
        """Resolve a task package's configuration.

        Parameters
        ----------
        config : TaskConfig
            With metric and operation names that were checked against `KNOWN_NAMES`.

        Raises
        ------
        InvalidPackage
            When a metric lacks its tolerance or the references it takes together; all at once.
        """
        columns = _columns(config)
        with all_faults(CONFIG) as faults:
            for column in columns.values():
                _note_missing(column, config, faults)
        return cls(
            references=config.references_compare,
            columns=tuple(columns.values()),
            aggregates=tuple(
                _aggregate(config, one, columns) for one in config.aggregates.values()
            ),
            primary=config.primary_metric,
            slices=config.slices,
            fill=config.fill_missing,
            alignment=config.alignment or "timestamp",
            of_earlier_hub=config.of_earlier_hub,
        )

    @property
    def primary_column(self) -> str:
        """The per-file column that the primary aggregate sums up."""
        return self._primary.column.name

    @property
    def ranks_by(self) -> str:
        """Name of the metric that the primary aggregate sums up."""
        return self._primary.column.metric.name

    @property
    def _primary(self) -> AggregateColumn:
        return next(one for one in self.aggregates if one.name == self.primary)


def _columns(config: TaskConfig) -> dict[str, FileColumn]:
    """Collect the columns the package names, be it as a metric or only in an operation."""
    return {
        named.name: _column(config, METRICS[named.metric], named)
        for columns in config.columns.values()
        for named in columns
    }


def _column(config: TaskConfig, metric: Metric, named: NamedColumn) -> FileColumn:
    references = metric.references or tuple(filter(None, [named.reference]))
    angular = len(references) == 1 and references[0] in config.angular
    override = config.metrics.get(named.name) or config.metrics.get(metric.name) or NO_OVERRIDE
    unit = metric.unit
    if unit == REFERENCE_UNIT:
        unit = "°" if angular else ""
    return FileColumn(
        name=named.name,
        metric=metric,
        references=references,
        unit=unit if override.unit is None else override.unit,
        best=_best(metric, override),
        tolerance=_tolerance(config, named) if metric.needs_tolerance else None,
        angular=angular,
    )


def _best(metric: Metric, override: MetricOverride) -> Best:
    if metric.signed:
        return Best.ZERO
    lower = override.lower_is_better
    return Best.LOWEST if (metric.lower_is_better if lower is None else lower) else Best.HIGHEST


def _tolerance(config: TaskConfig, named: NamedColumn) -> float | None:
    """Find the tolerance under the column's name, else the metric's, else the reference's."""
    names = (named.name, named.metric, named.reference)
    return next((config.tolerances[name] for name in names if name in config.tolerances), None)


def _aggregate(
    config: TaskConfig, named: NamedAggregate, columns: Mapping[str, FileColumn]
) -> AggregateColumn:
    label = config.display_metrics.get(named.name, named.name.replace("_", " ").capitalize())
    return AggregateColumn(named.name, named.operation, columns[named.column], label)


def _note_missing(column: FileColumn, config: TaskConfig, faults: FaultList) -> None:
    """Note what a column's metric needs and the package does not say."""
    if column.metric.needs_tolerance and column.tolerance is None:
        faults.add(
            f"{column.name} has no tolerance.",
            f'Add "tolerances": {{"{column.metric.name}": …}} with the largest error that still '
            "counts as right (for change_point_f1, in samples).",
            file=CONFIG,
            column="tolerances",
        )
    missing = [name for name in column.references if name not in config.references_compare]
    if missing:
        faults.add(
            f"{column.name} needs the references {' and '.join(column.references)}, but "
            f"references_compare lacks {' and '.join(missing)}.",
            "Add what is missing to references_compare, or leave the metric out.",
            file=CONFIG,
            column="performance_metrics",
        )
