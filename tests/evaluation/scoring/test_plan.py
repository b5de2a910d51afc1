"""A package's configuration, resolved against the registry."""

import pytest

from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.results import Best
from valhub.evaluation.scoring.plan import Scoring


def column(plan, name):
    return next(one for one in plan.columns if one.name == name)


def aggregate(plan, name):
    return next(one for one in plan.aggregates if one.name == name)


def test_columns_are_named_by_metric_and_reference_or_by_a_bare_metric(series_config):
    plan = Scoring.from_config(series_config())
    assert [one.name for one in plan.columns] == [
        "mean_absolute_error_time_series",
        "share_within_tolerance_time_series",
        "coverage",
        "runtime",
    ]


def test_a_scalar_metric_has_a_column_for_each_reference(scalar_config):
    plan = Scoring.from_config(scalar_config())
    assert [one.name for one in plan.columns] == [
        "error_azimuth",
        "error_tilt",
        "absolute_error_azimuth",
        "absolute_error_tilt",
        "combined_orientation_angle",
    ]


def test_a_cost_that_only_an_operation_names_has_a_column_too(series_config):
    plan = Scoring.from_config(series_config(metrics_operations={"peak_memory": ["max"]}))
    assert column(plan, "peak_memory").unit == "MiB"
    assert [one.name for one in plan.aggregates] == ["max_peak_memory"]


def test_aggregates_are_those_the_package_names(series_config, scalar_config):
    for config in (series_config(), scalar_config()):
        plan = Scoring.from_config(config)
        assert [one.name for one in plan.aggregates] == [
            f"{operation}_{column.name}"
            for key, operations in config.metrics_operations.items()
            for column in config.columns[key]
            for operation in operations
        ]


def test_the_primary_column_is_what_the_primary_aggregate_sums_up(series_config, scalar_config):
    plan = Scoring.from_config(series_config(primary_metric="max_runtime"))
    assert plan.primary_column == "runtime"
    assert Scoring.from_config(scalar_config()).primary_column in scalar_config().primary_metric


def test_labels_come_from_the_package_or_are_spelt_out(series_config):
    plan = Scoring.from_config(series_config())
    assert aggregate(plan, "mean_mean_absolute_error_time_series").label == "Mean MAE"
    assert aggregate(plan, "max_runtime").label == "Max runtime"


def test_units_come_from_the_package_then_the_angle_then_the_registry(series_config, scalar_config):
    plan = Scoring.from_config(series_config())
    assert column(plan, "mean_absolute_error_time_series").unit == "min"
    assert column(plan, "runtime").unit == "s"
    plan = Scoring.from_config(scalar_config())
    assert (column(plan, "error_azimuth").unit, column(plan, "error_tilt").unit) == ("°", "")


def test_a_package_may_turn_a_direction_round(series_config):
    turned = {"coverage": {"lower_is_better": True}}
    plan = Scoring.from_config(series_config(metrics=turned))
    assert aggregate(plan, "mean_coverage").best is Best.LOWEST
    assert aggregate(Scoring.from_config(series_config()), "mean_coverage").best is Best.HIGHEST


def test_a_signed_error_is_best_at_zero_and_its_spread_when_small(scalar_config):
    plan = Scoring.from_config(scalar_config())
    assert aggregate(plan, "mean_error_azimuth").best is Best.ZERO
    assert aggregate(plan, "std_error_azimuth").best is Best.LOWEST


def test_the_primary_metric_decides_the_direction_of_the_board(series_config):
    plan = Scoring.from_config(series_config())
    assert aggregate(plan, plan.primary).best is Best.LOWEST
    plan = Scoring.from_config(series_config(primary_metric="mean_coverage"))
    assert aggregate(plan, plan.primary).best is Best.HIGHEST


@pytest.mark.parametrize(
    "name", ["share_within_tolerance", "time_series", "share_within_tolerance_time_series"]
)
def test_a_tolerance_is_found_by_metric_reference_or_column(series_config, name):
    plan = Scoring.from_config(series_config(tolerances={name: 30}))
    assert column(plan, "share_within_tolerance_time_series").tolerance == 30
    assert column(plan, "mean_absolute_error_time_series").tolerance is None


def test_missing_tolerances_and_references_are_told_at_once(scalar_config):
    metrics = ["share_within_tolerance", "combined_orientation_angle"]
    config = scalar_config(performance_metrics=metrics, references_compare=["azimuth"])
    with pytest.raises(InvalidPackage) as caught:
        Scoring.from_config(config)
    tolerance, references = (fault.problem for fault in caught.value.faults)
    assert tolerance == "share_within_tolerance_azimuth has no tolerance."
    assert "needs the references azimuth and tilt, but references_compare lacks tilt" in references
