"""`config.json`: packages that exist are read unchanged, and every contradiction is told."""

from typing import get_args

import pytest
from pydantic import BaseModel

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.config_checks import KnownNames
from valhub.evaluation.packages.tasks.disclosure_policy import DisclosurePolicy
from valhub.evaluation.packages.tasks.task_config import MetricOverride, TaskConfig, TaskLimits
from valhub.evaluation.packages.tasks.task_environment import TaskEnvironment

KNOWN = KnownNames(
    time_series_metrics=frozenset({"mean_absolute_error", "mean_bias_error"}),
    scalar_metrics=frozenset({"absolute_error", "error"}),
    resource_metrics=frozenset({"runtime", "coverage"}),
    operations=frozenset({"mean", "median", "p95"}),
)


def config_fault(faults):
    (fault,) = faults
    assert fault.file == "config.json"
    return fault


def test_time_series_package_is_read_unchanged(make_task):
    config = open_package(make_task(), known=KNOWN).config
    assert config.comparison_type == "time_series"
    assert config.allowable_kwargs == ("latitude", "longitude", "data_sampling_frequency")
    assert config.primary_metric == "mean_mean_absolute_error_time_series"
    assert config.unknown_keys == ()


def test_scalar_package_with_the_older_key_is_read_unchanged(make_scalar_task):
    package = open_package(make_scalar_task(), known=KNOWN)
    assert package.config.references_compare == ("azimuth", "tilt")
    assert package.files[0].truths == {"azimuth": 180.0, "tilt": 40.0}
    assert package.config.primary_metric == "median_absolute_error_azimuth"


def test_unknown_keys_are_ignored_and_listed(make_task):
    config = open_package(make_task(colour="red", unknown_keys=["x"])).config
    assert config.unknown_keys == ("colour", "unknown_keys")


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("smallest_diference", "Did you mean `smallest_difference`?"),
        ("Disclosure", "Did you mean `disclosure`?"),
        ("x9", "or remove them."),
    ],
)
def test_an_unknown_key_near_a_known_one_gets_a_hint(make_task, written, hint):
    (note, *_) = open_package(make_task(**{written: 1})).notes
    assert f"`{written}`" in note
    assert note.endswith(hint)


def test_what_is_resolved_from_the_keys_cannot_be_said_by_a_key(make_task):
    stated = {"columns": {"coverage": []}, "aggregates": {"mean_coverage": "x"}}
    config = open_package(make_task(**stated), known=KNOWN).config
    assert config.unknown_keys == ("columns", "aggregates")
    (column,) = config.columns["mean_absolute_error_time_series"]
    assert (column.metric, column.reference) == ("mean_absolute_error", "time_series")
    assert next(iter(config.aggregates)) == "mean_mean_absolute_error_time_series"


def test_first_aggregate_ranks_when_nothing_is_displayed(make_task):
    config = open_package(make_task(display_metrics={})).config
    assert config.primary_metric == "mean_mean_absolute_error_time_series"


def test_bare_metric_stands_for_all_its_references(make_scalar_task):
    operations = {"error": ["mean"], "coverage": ["p95"]}
    config = open_package(
        make_scalar_task(metrics_operations=operations, display_metrics={})
    ).config
    assert tuple(config.aggregates) == ("mean_error_azimuth", "mean_error_tilt", "p95_coverage")


def test_our_optional_keys_are_read(make_task):
    config = open_package(
        make_task(
            metrics={"mean_absolute_error": {"unit": "min", "lower_is_better": True}},
            slices=["issue"],
            fill_missing=0,
            tolerances={"mean_absolute_error": 15},
            limits={"timeout_s": 60.5, "memory_bytes": 2**30},
            alignment="timestamp",
            time_format="%Y-%m-%d %H:%M:%S",
            arguments="positional",
        )
    ).config
    assert (config.time_format, config.arguments) == ("%Y-%m-%d %H:%M:%S", "positional")
    assert config.metrics["mean_absolute_error"].unit == "min"
    assert (config.limits.timeout_s, config.limits.output_bytes) == (60.5, None)
    assert (config.fill_missing, config.alignment) == (0, "timestamp")


@pytest.mark.parametrize(
    ("change", "column", "problem"),
    [
        ({"comparison_type": "vector"}, "comparison_type", "'time_series' or 'scalar'"),
        ({"performance_metrics": "runtime"}, "performance_metrics", 'a list, not "runtime".'),
        ({"performance_metrics": []}, "performance_metrics", "at least 1"),
        ({"display_metrics": {"x": 1}}, "display_metrics.x", "valid string"),
        ({"arguments": "order"}, "arguments", "'named' or 'positional'"),
        ({"limits": {"timeout_s": 0}}, "limits.timeout_s", "greater than 0"),
        ({"limits": {"memory_bytes": 1.5}}, "limits.memory_bytes", "integer"),
        ({"limits": {"memory_bytes": 1}}, "limits.memory_bytes", "equal to 67108864"),
        ({"limits": {"memory_bytes": 2**26 - 1}}, "limits.memory_bytes", "equal to 67108864"),
        ({"fill_missing": "0"}, "fill_missing", "valid number"),
        ({"function_name": "two words"}, "function_name", "cannot be a function's name"),
        ({"function_name": "class"}, "function_name", "cannot be a function's name"),
        ({"allowable_kwargs": ["lat itude"]}, "allowable_kwargs", "argument's name"),
        ({"allowable_kwargs": ["issue", "issue"]}, "allowable_kwargs", "appears twice"),
        ({"allowable_kwargs": ["altitude"]}, "allowable_kwargs", 'has a column "altitude"'),
        ({"slices": ["isue"]}, "slices", 'has a column "isue"'),
        ({"angular": ["azimuth"]}, "angular.azimuth", "named nowhere else"),
        ({"tolerances": {"error": 1}}, "tolerances.error", "named nowhere else"),
        ({"metrics": {"error": {}}}, "metrics.error", "named nowhere else"),
        ({"primary_metric": "mean_error"}, "primary_metric", "is not computed"),
        ({"display_metrics": {"mean_run": "x"}}, "display_metrics.mean_run", "is not computed"),
        ({"references_compare": ["a", "b"]}, "references_compare", "has one reference"),
        ({"time_format": 1}, "time_format", "valid string"),
        ({"time_format": "%d/%m %H:%M"}, "time_format", "does not give the year"),
        ({"time_format": "%Y-%m-%d %H:%M %Z"}, "time_format", "has %Z, but supported are"),
    ],
)
def test_wrong_keys_are_told_by_name(make_task, faults_of, change, column, problem):
    faults = faults_of(lambda: open_package(make_task(**change), known=KNOWN))
    fault = next(fault for fault in faults if fault.column == column)
    assert problem in fault.problem
    assert fault.file == "config.json"


LIMITS = "an object of limits."
METRICS = 'an object such as {"error": {"unit": "degrees", "lower_is_better": true}}.'


@pytest.mark.parametrize(
    ("change", "column", "problem", "fix"),
    [
        (
            {"limits": {"timeout": 60}},
            "limits.timeout",
            '"timeout" is not a key of limits.',
            f'Did you mean "timeout_s"? Write {LIMITS}',
        ),
        (
            {"limits": {"cores": 2}},
            "limits.cores",
            '"cores" is not a key of limits.',
            f"Available names: memory_bytes, output_bytes, timeout_s. Write {LIMITS}",
        ),
        (
            {"metrics": {"mean_absolute_error": {"lowerIsBetter": True}}},
            "metrics.mean_absolute_error.lowerIsBetter",
            '"lowerIsBetter" is not a key of metrics.mean_absolute_error.',
            f'Did you mean "lower_is_better"? Write {METRICS}',
        ),
        (
            {"metrics": {"runtime": {"label": "x"}}},
            "metrics.runtime.label",
            '"label" is not a key of metrics.runtime.',
            f"Available names: lower_is_better, unit. Write {METRICS}",
        ),
        (
            {"metrics": {"mean_absolute_error": {"unit": 5}}},
            "metrics.mean_absolute_error.unit",
            "Input should be a valid string, not 5.",
            "Write a unit, such as minutes.",
        ),
        (
            {"environment": {"pythons": "3.11"}},
            "environment.pythons",
            '"pythons" is not a key of environment.',
            'Did you mean "python"? Write an object such as {"python"',
        ),
    ],
)
def test_an_unknown_key_inside_an_object_is_a_fault(
    make_task, faults_of, change, column, problem, fix
):
    fault = config_fault(faults_of(lambda: open_package(make_task(**change), known=KNOWN)))
    assert fault.column == column
    assert problem in fault.problem
    assert fix in fault.fix


def test_every_object_of_known_keys_refuses_others():
    nested = {
        kind
        for field in TaskConfig.model_fields.values()
        if not field.exclude
        for kind in (field.annotation, *get_args(field.annotation))
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }
    assert nested == {MetricOverride, TaskLimits, TaskEnvironment, DisclosurePolicy}
    assert all(kind.model_config["extra"] == "forbid" for kind in nested)


@pytest.mark.parametrize(
    ("operations", "column", "hint"),
    [
        ({"mean_absolute_error_time": ["mean"]}, "mean_absolute_error_time", "_time_series"),
        ({"runtime": ["average"]}, "runtime", "mean"),
        ({"runtime": []}, "runtime", "Name at least one"),
    ],
)
def test_operations_that_cannot_be_computed_are_told(
    make_task, faults_of, operations, column, hint
):
    task = make_task(metrics_operations=operations, display_metrics={}, primary_metric="")
    faults = faults_of(lambda: open_package(task, known=KNOWN))
    fault = next(fault for fault in faults if fault.column == f"metrics_operations.{column}")
    assert hint in fault.fix


def test_metric_of_the_other_kind_is_told(make_task, faults_of):
    task = make_task(performance_metrics=["runtime", "mean_absolute_error", "absolute_error"])
    fault = config_fault(faults_of(lambda: open_package(task, known=KNOWN)))
    assert 'no time_series metric "absolute_error"' in fault.problem


def test_metric_asked_for_by_an_operation_only_is_checked_too(make_task, faults_of):
    operations = {"runtime": ["mean"], "combined_orientation_angle": ["mean"]}
    task = make_task(metrics_operations=operations, display_metrics={})
    fault = config_fault(faults_of(lambda: open_package(task, known=KNOWN)))
    assert fault.column == "metrics_operations.combined_orientation_angle"


def test_tolerance_may_be_of_one_column(make_task):
    tolerances = {"mean_absolute_error_time_series": 15, "time_series": 10}
    assert open_package(make_task(tolerances=tolerances)).config.tolerances == tolerances


def test_truth_cannot_be_an_argument(make_scalar_task, faults_of):
    task = make_scalar_task(allowable_kwargs=["latitude", "azimuth"])
    fault = config_fault(faults_of(lambda: open_package(task)))
    assert '"azimuth" is the truth' in fault.problem


def test_missing_key_hints_at_the_misspelt_one(make_task, faults_of):
    task = make_task()
    text = task.joinpath("config.json").read_text().replace("function_name", "functon_name")
    task.joinpath("config.json").write_text(text)
    fault = config_fault(faults_of(lambda: open_package(task)))
    assert (fault.problem, fault.column) == ("The key is missing.", "function_name")
    assert 'Did you mean "functon_name"?' in fault.fix


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('{\n "a": 1,\n "b" 2\n}', 3, "not JSON"),
        ("[]", None, "not an object"),
        ("[" * 100_000, None, "nested too deeply"),
        (b"{\n\xff}", 2, "not UTF-8"),
    ],
)
def test_what_is_no_json_object_is_told(make_task, faults_of, text, line, problem):
    fault = config_fault(faults_of(lambda: open_package(make_task({"config.json": text}))))
    assert problem in fault.problem
    assert fault.line == line


def test_doubled_key_is_told(make_task, faults_of):
    sound = make_task()
    text = sound.joinpath("config.json").read_text().replace("{", '{"category_name": "x",', 1)
    sound.joinpath("config.json").write_text(text)
    fault = config_fault(faults_of(lambda: open_package(sound)))
    assert (fault.problem, fault.column) == ("The key appears twice.", "category_name")
