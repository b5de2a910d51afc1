"""A task package's `config.json`: what is called, what is compared, and how it is shown.

The first keys are those that PV groups already write; the later ones are ours and optional. Keys
nobody knows are ignored, but listed in `unknown_keys`, which `valhub check` shows. What the keys
say about each other is checked in `config_checks`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.suggestions import did_you_mean
from valhub.evaluation.packages.text_files import read_text

CONFIG = "config.json"
Names = tuple[str, ...]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
PositiveInt = Annotated[int, Field(strict=True, gt=0)]
# What existing packages say to the hub they were made for: where it stores and tabulates results.
_OF_OTHER_HUBS = frozenset(
    {
        "public_results_table",
        "private_results_table",
        "private_results_columns",
        "s3_bucket_folder_name",
    }
)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class MetricOverride(_Model):
    """What a package says differently about one metric."""

    unit: str | None = Field(default=None, description="a unit, such as minutes")
    lower_is_better: bool | None = Field(default=None, strict=True, description="true or false")


class TaskLimits(_Model):
    """What one file may cost; None stands for the worker's default."""

    timeout_s: Positive | None = Field(default=None, description="seconds, above 0")
    memory_bytes: PositiveInt | None = Field(default=None, description="a whole number of bytes")
    output_bytes: PositiveInt | None = Field(default=None, description="a whole number of bytes")


class TaskConfig(_Model):
    """How a task package is run and scored.

    A per-file column is `<metric>_<reference>`, or a bare metric such as `runtime`; an aggregate is
    `<operation>_<column>`.
    """

    category_name: str = Field(default="", description="the title")
    function_name: str = Field(description="the name of the function that algorithms define")
    comparison_type: Literal["time_series", "scalar"] = Field(
        description='"time_series" or "scalar"'
    )
    performance_metrics: Names = Field(min_length=1, description="a list of metric names")
    metrics_operations: Mapping[str, Names] = Field(
        min_length=1, description='an object such as {"mean_absolute_error_time_series": ["mean"]}'
    )
    display_metrics: Mapping[str, str] = Field(
        default={}, description="an object that gives aggregates their labels"
    )
    allowable_kwargs: Names = Field(default=(), description="a list of metadata columns")
    references_compare: Names = Field(
        default=("time_series",),
        min_length=1,
        validation_alias=AliasChoices("references_compare", "ground_truth_compare"),
        description="a list of references",
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
        default=None, description="the number for an unanswered row"
    )
    angular: Names = Field(default=(), description="a list of references in degrees")
    alignment: Literal["date", "timestamp"] | None = Field(
        default=None, description='"date" or "timestamp"'
    )
    limits: TaskLimits = Field(default=TaskLimits(), description="an object of limits")
    tolerances: Mapping[str, Annotated[Number, Field(ge=0)]] = Field(
        default={}, description="an object of numbers, 0 or more, by metric or reference"
    )
    sidecars: Names = Field(default=(), description="a list of paths below data/")
    unknown_keys: Names = Field(default=(), exclude=True)


# Metrics that stand for a whole file, so that their columns name no reference.
WHOLE_FILE_METRICS = frozenset(
    {"runtime", "cpu_time", "peak_memory", "coverage", "combined_orientation_angle"}
)


def columns_of(key: str, metrics: Names, references: Names) -> dict[str, str]:
    """Read a key of `metrics_operations`.

    Parameters
    ----------
    key : str
        `<metric>_<reference>`, or a bare metric, which stands for all its references.
    metrics, references : tuple of str
        The package's `performance_metrics` and `references_compare`.

    Returns
    -------
    dict of str to str
        The columns it stands for, with the metric of each; empty when it stands for none.
    """
    if key in WHOLE_FILE_METRICS:
        return {key: key}
    if key in metrics:
        return {f"{key}_{reference}": key for reference in references}
    by_column = {f"{metric}_{ref}": metric for metric in metrics for ref in references}
    return {key: by_column[key]} if key in by_column else {}


def aggregate_names(config: TaskConfig) -> Names:
    """List the aggregates that a package's `metrics_operations` ask for, in order."""
    names = []
    for key, operations in config.metrics_operations.items():
        columns = columns_of(key, config.performance_metrics, config.references_compare)
        names += [f"{operation}_{column}" for column in columns for operation in operations]
    return tuple(dict.fromkeys(names))


def _first_aggregate(data: dict[str, Any]) -> str:
    """Choose what ranks when the package does not say: what it shows first, else computes first."""
    for name in data.get("display_metrics", {}):
        return str(name)
    for key, operations in data.get("metrics_operations", {}).items():
        columns = columns_of(
            key, data.get("performance_metrics", ()), data.get("references_compare", ())
        )
        for column in columns:
            for operation in operations:
                return f"{operation}_{column}"
    return ""


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
    known = {name for name in TaskConfig.model_fields if name != "unknown_keys"}
    known.add("ground_truth_compare")
    unknown = tuple(key for key in data if key not in known | _OF_OTHER_HUBS)
    data = {key: value for key, value in data.items() if key in known}
    try:
        config = TaskConfig.model_validate(data)
    except ValidationError as error:
        _note_wrong_keys(error, unknown, faults)
        return None
    return config.model_copy(update={"unknown_keys": unknown})


def _parse(text: str, faults: FaultList) -> dict[str, Any] | None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in pairs:
            if key in result:
                faults.add("The key is there twice.", "Keep one.", file=CONFIG, column=key)
            result[key] = value
        return result

    try:
        data = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        faults.add(f"This is not JSON: {error.msg}.", "Correct it.", file=CONFIG, line=error.lineno)
        return None
    except RecursionError:
        faults.add("The JSON is nested too deeply.", "Make it simpler.", file=CONFIG)
        return None
    except ValueError:
        faults.add("A number has too many digits.", "Write it shorter.", file=CONFIG)
        return None
    if not isinstance(data, dict):
        faults.add("The top of the file is not an object.", "Begin with {.", file=CONFIG)
        return None
    return data


def _note_wrong_keys(error: ValidationError, unknown: Names, faults: FaultList) -> None:
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue  # It only says that another key is wrong.
        place = [str(part) for part in detail["loc"]]
        key = place[0]
        field = TaskConfig.model_fields.get(key) or TaskConfig.model_fields["references_compare"]
        if detail["type"] == "missing":
            hint = did_you_mean(key, unknown)
            hint = f" {hint}" if hint.startswith("Did") else ""
            problem, mend = "The key is missing.", f"Add it: {field.description}.{hint}"
        else:
            problem = f"{detail['msg'].rstrip('.')}."
            mend = f"Write {field.description}."
        faults.add(problem, mend, file=CONFIG, column=".".join(place))
