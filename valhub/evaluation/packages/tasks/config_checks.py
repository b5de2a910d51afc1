"""What the keys of a task package's `config.json` must say about each other.

The names of metrics and operations belong to scoring, which lies above this layer, so they are
passed in; without them only the package's agreement with itself is checked.
"""

import keyword
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.limits import MOST_KEYS
from valhub.evaluation.packages.suggestions import Hints
from valhub.evaluation.packages.tasks.task_config import CONFIG, TaskConfig


@dataclass(frozen=True)
class KnownNames:
    """The names that scoring can compute.

    Attributes
    ----------
    time_series_metrics, scalar_metrics : frozenset of str
        Metrics by what they compare.
    resource_metrics : frozenset of str
        Metrics that need no reference, such as `runtime`.
    operations : frozenset of str
        What turns a column into an aggregate, such as `mean`.
    """

    time_series_metrics: frozenset[str]
    scalar_metrics: frozenset[str]
    resource_metrics: frozenset[str]
    operations: frozenset[str]

    def metrics(self, comparison_type: str) -> frozenset[str]:
        """Return the metrics that a package of this comparison type can ask for."""
        is_series = comparison_type == "time_series"
        compared = self.time_series_metrics if is_series else self.scalar_metrics
        return compared | self.resource_metrics


def check_config(config: TaskConfig, known: KnownNames | None, faults: FaultList) -> None:
    """Note every contradiction in a configuration.

    Parameters
    ----------
    config : TaskConfig
        As read.
    known : KnownNames or None
        What scoring can compute; None leaves that unchecked.
    faults : FaultList
        Takes note.
    """
    _check_call(config, faults)
    _check_references(config, faults)
    _check_operations(config, faults)
    _check_aggregates(config, faults)
    _check_mentions(config, faults)
    _check_size(config, faults)
    if known is not None:
        _check_known(config, known, faults)


def _check_call(config: TaskConfig, faults: FaultList) -> None:
    for name in _not_names([config.function_name]):
        faults.add(
            f'"{shown(name)}" cannot be a function\'s name.',
            "Use letters, digits and _.",
            file=CONFIG,
            column="function_name",
        )
    for name in _not_names(config.allowable_kwargs):
        faults.add(
            f'"{shown(name)}" cannot be an argument\'s name.',
            "Rename the column: letters, digits and _.",
            file=CONFIG,
            column="allowable_kwargs",
        )
    for name in sorted(set(config.allowable_kwargs) & set(config.data_columns)):
        faults.add(
            f'"{shown(name)}" is both a column of the data and an argument.',
            "Rename one of them.",
            file=CONFIG,
            column="data_columns",
        )
    for name in sorted(set(config.allowable_kwargs) & set(config.references_compare)):
        faults.add(
            f'"{name}" is the truth, which algorithms must not see.',
            "Remove it from allowable_kwargs.",
            file=CONFIG,
            column="allowable_kwargs",
        )


def _not_names(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.isidentifier() or keyword.iskeyword(name)]


def _check_references(config: TaskConfig, faults: FaultList) -> None:
    lists = {
        "references_compare": config.references_compare,
        "allowable_kwargs": config.allowable_kwargs,
        "performance_metrics": config.performance_metrics,
        "slices": config.slices,
        "sidecars": config.sidecars,
        "data_columns": config.data_columns,
    }
    for key, names in lists.items():
        for name in sorted(name for name, count in Counter(names).items() if count > 1):
            faults.add(f'"{name}" appears twice.', "Keep one.", file=CONFIG, column=key)
    if config.comparison_type == "time_series" and len(config.references_compare) > 1:
        faults.add(
            "A time series task has one reference, but several are named.",
            'Keep one, such as ["time_series"].',
            file=CONFIG,
            column="references_compare",
        )


def _check_operations(config: TaskConfig, faults: FaultList) -> None:
    hint = Hints(
        column.name for metric in config.performance_metrics for column in config.columns[metric]
    )
    for key, operations in config.metrics_operations.items():
        column = f"metrics_operations.{key}"
        if not config.columns[key]:
            faults.add(
                f'"{shown(key)}" is not a column of this task.',
                "Columns are <metric>_<reference>, from performance_metrics and "
                f"references_compare. {hint(key)}".strip(),
                file=CONFIG,
                column=column,
            )
        if not operations:
            faults.add(
                "No operation is named.",
                'Name at least one, such as ["mean"].',
                file=CONFIG,
                column=column,
            )


def _check_aggregates(config: TaskConfig, faults: FaultList) -> None:
    computed = frozenset(config.aggregates)
    hint = Hints(computed)
    for name in config.display_metrics:
        _check_aggregate(name, computed, hint, f"display_metrics.{name}", faults)
    if config.primary_metric not in config.display_metrics and computed:
        _check_aggregate(config.primary_metric, computed, hint, "primary_metric", faults)


def _check_aggregate(
    name: str, computed: frozenset[str], hint: Hints, column: str, faults: FaultList
) -> None:
    if name not in computed:
        faults.add(
            f'"{shown(name)}" is not computed.',
            f"Aggregates are <operation>_<column>, from metrics_operations. {hint(name)}".strip(),
            file=CONFIG,
            column=column,
        )


def _check_size(config: TaskConfig, faults: FaultList) -> None:
    computed = {column.name for columns in config.columns.values() for column in columns}
    for count, what, key in (
        (len(computed), "numbers for each file", "performance_metrics"),
        (len(config.aggregates), "aggregates", "metrics_operations"),
    ):
        if count > MOST_KEYS:
            faults.add(
                f"The task computes {count:,} {what}; at most {MOST_KEYS:,} are allowed.",
                "Name fewer metrics, references or operations.",
                file=CONFIG,
                column=key,
            )


def _check_mentions(config: TaskConfig, faults: FaultList) -> None:
    """Note names in the optional keys that nothing in the package has."""
    references = set(config.references_compare)
    columns = {column.name for columns in config.columns.values() for column in columns}
    metrics = columns | set(config.columns)
    for key, names, possible in (
        ("angular", config.angular, references),
        ("tolerances", tuple(config.tolerances), references | metrics),
        ("metrics", tuple(config.metrics), metrics),
    ):
        hint = Hints(possible)
        for name in names:
            if name not in possible:
                faults.add(
                    f'"{shown(name)}" is named nowhere else.',
                    hint(name) or "Remove it.",
                    file=CONFIG,
                    column=f"{key}.{name}",
                )


def _check_known(config: TaskConfig, known: KnownNames, faults: FaultList) -> None:
    metrics = known.metrics(config.comparison_type)
    hint = Hints(metrics)
    asked = dict.fromkeys(config.performance_metrics, "performance_metrics")
    for key in config.metrics_operations:
        # A metric of the whole file may be asked for here alone.
        for column in config.columns[key]:
            asked.setdefault(column.metric, f"metrics_operations.{key}")
    for name, place in asked.items():
        if name not in metrics:
            faults.add(
                f'There is no {config.comparison_type} metric "{shown(name)}".',
                hint(name) or "Use one of the guide's table.",
                file=CONFIG,
                column=place,
            )
    hint = Hints(known.operations)
    for key, operations in config.metrics_operations.items():
        for name in operations:
            if name not in known.operations:
                faults.add(
                    f'There is no operation "{shown(name)}".',
                    hint(name) or "Use one of the guide's list.",
                    file=CONFIG,
                    column=f"metrics_operations.{key}",
                )
