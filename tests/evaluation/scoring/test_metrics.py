"""The registry: complete, named once, and in step with what packages accept."""

import math

import pytest

from valhub.evaluation.packages.tasks.task_config import WHOLE_FILE_METRICS
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.evaluation.scoring.metrics import KNOWN_NAMES, METRICS, MetricKind

REQUIRED = {
    "time_series": {
        "mean_absolute_error",
        "mean_bias_error",
        "root_mean_squared_error",
        "share_within_tolerance",
        "offset_free_mean_absolute_error",
        "change_point_f1",
        "f1_score",
        "balanced_accuracy",
        "matthews_correlation_coefficient",
        "false_positive_rate",
    },
    "scalar": {
        "error",
        "absolute_error",
        "angular_error",
        "absolute_angular_error",
        "combined_orientation_angle",
    },
}
RESOURCES = {"runtime", "cpu_time", "peak_memory", "coverage"}


@pytest.mark.parametrize("comparison", REQUIRED)
def test_a_package_may_ask_for_every_documented_metric(comparison):
    assert KNOWN_NAMES.metrics(comparison) == REQUIRED[comparison] | RESOURCES


def test_a_package_may_ask_for_every_documented_operation():
    assert KNOWN_NAMES.operations == {"mean", "median", "p95", "max", "min", "std"}


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_every_metric_says_its_formula_and_source(metric):
    assert metric.formula
    assert metric.source
    assert "Source:" in metric.function.__doc__


def test_columns_without_a_reference_are_the_ones_packages_expect():
    whole = {
        metric.name
        for metric in METRICS.values()
        if metric.kind is MetricKind.RESOURCE or metric.references
    }
    assert whole == WHOLE_FILE_METRICS


def test_costs_are_read_in_their_declared_units():
    result = FileOutcome(
        "a", Verdict.SCORED, wall_s=2, cpu_s=3, peak_memory_bytes=2**21, coverage=1
    )
    costs = {
        name: (metric.function(result), metric.unit)
        for name, metric in METRICS.items()
        if metric.kind is MetricKind.RESOURCE
    }
    assert costs == {
        "runtime": (2, "s"),
        "cpu_time": (3, "s"),
        "peak_memory": (2, "MiB"),
        "coverage": (1, ""),
    }


def test_processor_time_that_was_not_measured_is_no_number():
    assert math.isnan(METRICS["cpu_time"].function(FileOutcome("a", Verdict.SCORED)))
