"""A task package's `config.json`: what is called, what is compared, and how it is shown.

The first keys are those that PV groups already write; the later ones are ours and optional. Unknown
keys are ignored, but listed in `unknown_keys`, which `valhub check` shows; inside an object of ours
they are faults. What the keys say about each other is checked in `config_checks`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.files.text_files import read_text
from valhub.evaluation.packages.limits import LEAST_MEMORY_BYTES, MOST_KEYS, MOST_NAMES
from valhub.evaluation.packages.package_texts import check_document, check_names
from valhub.evaluation.packages.tasks.disclosure_policy import (
    EXAMPLE as EXAMPLE_POLICY,
)
from valhub.evaluation.packages.tasks.disclosure_policy import (
    Declared,
    DisclosurePolicy,
    Isolation,
)
from valhub.evaluation.packages.tasks.earlier_hub import (
    STORAGE_KEYS,
    TRUTH_KEY,
    is_of_earlier_hub,
    older_names,
    with_earlier_defaults,
)
from valhub.evaluation.packages.tasks.task_environment import EXAMPLE, TaskEnvironment
from valhub.evaluation.packages.tasks.wrong_keys import note_wrong_keys
from valhub.evaluation.packages.times.time_formats import pattern_of

CONFIG = "config.json"
Names = tuple[str, ...]
_MOST_UNKNOWN = 20
# What a series answer is aligned with its reference by.
Alignment = Literal["date", "timestamp"]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
PositiveInt = Annotated[int, Field(strict=True, gt=0)]
# What a per-file column is summed up by when the package does not say.
_OPERATIONS = ("mean", "median")


def _is_time_format(text: str) -> str:
    try:
        pattern_of(text)
    except ValueError as error:
        raise PydanticCustomError("time_format", "{problem}", {"problem": str(error)}) from error
    return text


class MetricOverride(BaseModel):
    """What a package says differently about one metric."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str | None = Field(default=None, description="a unit, such as minutes")
    lower_is_better: bool | None = Field(default=None, strict=True, description="true or false")


class TaskLimits(BaseModel):
    """What one file may cost; None stands for the worker's default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout_s: Positive | None = Field(default=None, description="seconds, above 0")
    memory_bytes: PositiveInt | None = Field(
        default=None,
        ge=LEAST_MEMORY_BYTES,
        description=f"a whole number of bytes, at least {LEAST_MEMORY_BYTES} (64 MiB)",
    )
    output_bytes: PositiveInt | None = Field(default=None, description="a whole number of bytes")


@dataclass(frozen=True)
class NamedColumn:
    """One number for each file, as a package names it.

    Attributes
    ----------
    name : str
        `<metric>_<reference>`, or the metric alone.
    reference : str
        Empty for a metric of the whole file.
    """

    name: str
    metric: str
    reference: str = ""


@dataclass(frozen=True)
class NamedAggregate:
    """One number over all files, as a package names it; `column` is the name of one."""

    name: str
    operation: str
    column: str


class TaskConfig(BaseModel):
    """How a task package is run and scored.

    A per-file column is `<metric>_<reference>`, or a bare metric such as `runtime`; an aggregate is
    `<operation>_<column>`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    category_name: str = Field(default="", description="the title")
    function_name: str = Field(description="the name of the function that algorithms define")
    comparison_type: Literal["time_series", "scalar"] = Field(
        description='"time_series" or "scalar"'
    )
    performance_metrics: Names = Field(min_length=1, description="a list of metric names")
    metrics_operations: Mapping[str, Names] = Field(
        default_factory=lambda data: _usual_operations(data),
        min_length=1,
        description='an object such as {"mean_absolute_error_time_series": ["mean"]}',
    )
    display_metrics: Mapping[str, str] = Field(
        default={}, description="an object that gives aggregates their labels"
    )
    allowable_kwargs: Names = Field(default=(), description="a list of metadata columns")
    arguments: Literal["named", "positional"] = Field(
        default="named", description='"named" or "positional"'
    )
    data_columns: Names = Field(default=(), description="a list of columns of the data files")
    references_compare: Names = Field(
        default=("time_series",),
        min_length=1,
        validation_alias=AliasChoices("references_compare", TRUTH_KEY),
        description="a list of references",
    )

    # What the keys above name, resolved once; not keys themselves.
    columns: Mapping[str, tuple[NamedColumn, ...]] = Field(
        default_factory=lambda data: _columns(data), exclude=True
    )
    aggregates: Mapping[str, NamedAggregate] = Field(
        default_factory=lambda data: _aggregates(data), exclude=True
    )

    primary_metric: str = Field(
        default_factory=lambda data: _first_aggregate(data), description="an aggregate's name"
    )
    metrics: Mapping[str, MetricOverride] = Field(
        default={},
        description='an object such as {"error": {"unit": "degrees", "lower_is_better": true}}',
    )
    slices: Names = Field(default=(), description="a list of metadata columns")
    fill_missing: Number | None = Field(
        default=None, ge=-1e100, le=1e100, description="the number for an unanswered row"
    )
    angular: Names = Field(default=(), description="a list of references in degrees")
    alignment: Alignment | None = Field(default=None, description='"date" or "timestamp"')
    limits: TaskLimits = Field(default=TaskLimits(), description="an object of limits")
    tolerances: Mapping[str, Annotated[Number, Field(ge=0)]] = Field(
        default={}, description="an object of numbers, 0 or more, by metric or reference"
    )
    sidecars: Names = Field(default=(), description="a list of paths below data/")
    time_format: Annotated[str, AfterValidator(_is_time_format)] | None = Field(
        default=None, description='how time stamps are written, such as "%d/%m/%Y %H:%M"'
    )
    regularise: bool = Field(default=False, strict=True, description="true or false")
    environment: TaskEnvironment = Field(
        default=TaskEnvironment(), description=f"an object such as {EXAMPLE}"
    )
    disclosure: DisclosurePolicy = Field(
        default=DisclosurePolicy(), description=f"an object such as {EXAMPLE_POLICY}"
    )
    smallest_difference: Annotated[Number, Field(ge=0)] = Field(
        default=0.0, description="a number, 0 or more, in the unit of the primary metric"
    )
    isolation: Isolation = Field(default="run", description='"run" or "file"')
    private_results_columns: Names | None = Field(
        default=None, description="a list of columns that authors may see for each file"
    )
    # No key of the file: `read_config` finds out.
    of_earlier_hub: bool = Field(default=False, exclude=True)
    unknown_keys: Names = Field(default=(), exclude=True)

    @property
    def declared(self) -> Declared:
        """What is declared about showing and comparing results."""
        columns = self.private_results_columns
        return Declared(
            policy=self.disclosure,
            smallest_difference=self.smallest_difference,
            isolation=self.isolation,
            private_results_columns=None if columns is None else self._current_names(columns),
        )

    def _current_names(self, names: Names) -> Names:
        """Give columns under an older name, or under their metric's, the names they have here."""
        known = {column.name for columns in self.columns.values() for column in columns}
        current = {"run_time": ("runtime",)} | {
            key: tuple(column.name for column in columns) for key, columns in self.columns.items()
        }
        found = ((name,) if name in known else current.get(name, (name,)) for name in names)
        return tuple(dict.fromkeys(name for several in found for name in several))


_RESOURCE_METRICS = frozenset({"runtime", "cpu_time", "peak_memory", "coverage"})
# Metrics that stand for a whole file, so that their columns name no reference.
WHOLE_FILE_METRICS = _RESOURCE_METRICS | {"combined_orientation_angle"}


def _usual_operations(data: dict[str, Any]) -> dict[str, Names]:
    """Ask for mean and median of every metric; costs come last, since the first one ranks."""
    metrics: Names = data.get("performance_metrics", ())
    by_cost = sorted(metrics, key=lambda metric: metric in _RESOURCE_METRICS)
    return dict.fromkeys(by_cost, _OPERATIONS)


def _columns(data: dict[str, Any]) -> dict[str, tuple[NamedColumn, ...]]:
    """Resolve each metric, and each key of `metrics_operations`, into the columns it stands for.

    A key is `<metric>_<reference>`, or a metric, which stands for all its references. What is
    neither stands for no column.
    """
    metrics: Names = data.get("performance_metrics", ())
    by_metric = {
        metric: tuple(
            NamedColumn(f"{metric}_{reference}", metric, reference)
            for reference in data.get("references_compare", ())
        )
        for metric in metrics
    }
    alone = {column.name: (column,) for columns in by_metric.values() for column in columns}
    whole = {metric: (NamedColumn(metric, metric),) for metric in WHOLE_FILE_METRICS}
    named = {**alone, **by_metric, **whole}
    keys = (*metrics, *data.get("metrics_operations", {}))
    return {key: named.get(key, ()) for key in keys}


def _aggregates(data: dict[str, Any]) -> dict[str, NamedAggregate]:
    """List the aggregates that `metrics_operations` ask for, in order."""
    asked = (
        NamedAggregate(f"{operation}_{column.name}", operation, column.name)
        for key, operations in data.get("metrics_operations", {}).items()
        for column in data["columns"][key]
        for operation in operations
    )
    return {one.name: one for one in asked}


def _first_aggregate(data: dict[str, Any]) -> str:
    """Choose what ranks when the package does not say: what it shows first, else computes first."""
    return next(iter((*data.get("display_metrics", {}), *data.get("aggregates", {}))), "")


KEYS = frozenset(
    {name for name, field in TaskConfig.model_fields.items() if not field.exclude} | {TRUTH_KEY}
)


def read_config(root: Path, faults: FaultList) -> TaskConfig | None:
    """Read `config.json`.

    Parameters
    ----------
    root : Path
        The task package's folder.
    faults : FaultList
        Takes note of text that is not JSON, with its line, and of every wrong key.

    Returns
    -------
    TaskConfig or None
        None when a fault was noted.
    """
    text = read_text(root / CONFIG, faults, file=CONFIG)
    data = _parse(text, faults) if text is not None else None
    if data is None:
        return None
    unknown = tuple(key for key in data if key not in KEYS | STORAGE_KEYS)
    is_earlier = is_of_earlier_hub(data)
    data = with_earlier_defaults(data) if is_earlier else data
    data = {key: value for key, value in data.items() if key in KEYS}
    if _note_large_keys({**data, "unknown keys": unknown}, faults):
        return None
    check_document({**data, **dict.fromkeys(unknown)}, CONFIG, faults)
    try:
        config = TaskConfig.model_validate({**data, "of_earlier_hub": is_earlier})
        config = _with_full_labels(config)
    except ValidationError as error:
        fields, older = TaskConfig.model_fields, {TRUTH_KEY: "references_compare"}
        note_wrong_keys(error, fields, older, unknown, faults, file=CONFIG)
        return None
    check_names(config.aggregates, faults, file=CONFIG, column="metrics_operations")
    return config.model_copy(update={"unknown_keys": unknown[:_MOST_UNKNOWN]})


def _with_full_labels(config: TaskConfig) -> TaskConfig:
    """Give labels under an older name the aggregate that they mean, where that is one alone."""
    asked = {*config.display_metrics, config.primary_metric}
    if asked <= config.aggregates.keys():
        return config
    full = _full_names(config)
    labels = {full.get(name, name): label for name, label in config.display_metrics.items()}
    primary = full.get(config.primary_metric, config.primary_metric)
    return config.model_copy(update={"display_metrics": labels, "primary_metric": primary})


def _full_names(config: TaskConfig) -> dict[str, str]:
    """Map the older names that mean one aggregate alone to its name."""
    columns = {one.name: one for columns in config.columns.values() for one in columns}
    meant: dict[str, set[str]] = {}
    for name, one in config.aggregates.items():
        column = columns[one.column]
        for older in older_names(one.operation, column.metric, column.reference):
            meant.setdefault(older, set()).add(name)
    return {
        older: next(iter(names))
        for older, names in meant.items()
        if len(names) == 1 and older not in config.aggregates
    }


def _note_large_keys(data: Mapping[str, Any], faults: FaultList) -> bool:
    """Note lists and objects with too many entries, before anything looks at each of them."""
    is_large = False
    for key, value in _nested(data):
        most = MOST_NAMES if isinstance(value, list) else MOST_KEYS
        if isinstance(value, list | tuple | dict) and len(value) > most:
            is_large = True
            problem = f"There are {len(value):,} entries; at most {most:,} are allowed."
            field = TaskConfig.model_fields.get(key.partition(".")[0])
            fix = f"Remove some: write {field.description}." if field else "Remove some."
            faults.add(problem, fix, file=CONFIG, column=key)
    return is_large


def _nested(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        yield key, value
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", one) for inner, one in value.items())


def _parse(text: str, faults: FaultList) -> dict[str, Any] | None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                faults.add("The key appears twice.", "Keep one.", file=CONFIG, column=key)
            result[key] = value
        return result

    try:
        data = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        faults.add(f"This is not JSON: {error.msg}.", "Correct it.", file=CONFIG, line=error.lineno)
        return None
    except RecursionError:
        faults.add("The JSON is nested too deeply.", "Simplify it.", file=CONFIG)
        return None
    except ValueError:
        faults.add("A number has too many digits.", "Shorten it.", file=CONFIG)
        return None
    if not isinstance(data, dict):
        faults.add("The top of the file is not an object.", "Begin with {.", file=CONFIG)
        return None
    return data
