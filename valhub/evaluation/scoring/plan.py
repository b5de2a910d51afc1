"""How one analysis is scored: its `config.json` resolved against the registry of metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from valhub.evaluation.packages.faults import FaultList, all_faults
from valhub.evaluation.packages.task_config import (
    CONFIG,
    MetricOverride,
    TaskConfig,
    columns_of,
)
from valhub.evaluation.scoring.alignment import By
from valhub.evaluation.scoring.metrics import METRICS, REFERENCE_UNIT, Metric
from valhub.evaluation.scoring.statistics import Best

NO_OVERRIDE = MetricOverride(unit=None, lower_is_better=None)


@dataclass(frozen=True)
class Column:
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
    lower_is_better: bool
    tolerance: float | None = None
    angular: bool = False


@dataclass(frozen=True)
class AggregateColumn:
    """One number over all files, such as `mean_mean_absolute_error_time_series`."""

    name: str
    operation: str
    column: Column
    label: str

    @property
    def unit(self) -> str:
        """The unit of its column."""
        return self.column.unit

    @property
    def lower_is_better(self) -> bool:
        """Whether less is better; of a signed metric, whether less in size is."""
        return self.operation == "std" or self.column.lower_is_better

    @property
    def best(self) -> Best:
        """Which value is the best one; a spread is best when it is small."""
        if self.column.metric.signed and self.operation != "std":
            return Best.ZERO
        return Best.LOWEST if self.lower_is_better else Best.HIGHEST


@dataclass(frozen=True)
class Scoring:
    """Everything scoring needs to know of an analysis.

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
        What a series answer is laid on its reference by.
    """

    references: tuple[str, ...]
    columns: tuple[Column, ...]
    aggregates: tuple[AggregateColumn, ...]
    primary: str
    slices: tuple[str, ...] = ()
    fill: float | None = None
    alignment: By = "timestamp"

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
            aggregates=tuple(_aggregates(config, columns)),
            primary=config.primary_metric,
            slices=config.slices,
            fill=config.fill_missing,
            alignment=config.alignment or "timestamp",
        )


def _columns(config: TaskConfig) -> dict[str, Column]:
    """Collect the columns the package names, be it as a metric or only in an operation."""
    metrics, references = config.performance_metrics, config.references_compare
    return {
        name: _column(config, METRICS[metric], name)
        for key in (*metrics, *config.metrics_operations)
        for name, metric in columns_of(key, metrics, references).items()
    }


def _column(config: TaskConfig, metric: Metric, name: str) -> Column:
    alone = () if metric.is_bare else (name.removeprefix(f"{metric.name}_"),)
    references = metric.references or alone
    angular = len(references) == 1 and references[0] in config.angular
    override = config.metrics.get(name) or config.metrics.get(metric.name) or NO_OVERRIDE
    unit = metric.unit
    if unit == REFERENCE_UNIT:
        unit = "°" if angular else ""
    lower = override.lower_is_better
    return Column(
        name=name,
        metric=metric,
        references=references,
        unit=unit if override.unit is None else override.unit,
        lower_is_better=metric.lower_is_better if lower is None else lower,
        tolerance=_tolerance(config, metric, *references) if metric.needs_tolerance else None,
        angular=angular,
    )


def _tolerance(config: TaskConfig, metric: Metric, reference: str) -> float | None:
    """Find the tolerance under the column's name, else the metric's, else the reference's."""
    named = (f"{metric.name}_{reference}", metric.name, reference)
    return next((config.tolerances[name] for name in named if name in config.tolerances), None)


def _aggregates(config: TaskConfig, columns: Mapping[str, Column]) -> Iterator[AggregateColumn]:
    asked = {
        f"{operation}_{column}": (operation, column)
        for key, operations in config.metrics_operations.items()
        for column in columns_of(key, config.performance_metrics, config.references_compare)
        for operation in operations
    }
    for name, (operation, column) in asked.items():
        label = config.display_metrics.get(name, name.replace("_", " ").capitalize())
        yield AggregateColumn(name, operation, columns[column], label)


def _note_missing(column: Column, config: TaskConfig, faults: FaultList) -> None:
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
