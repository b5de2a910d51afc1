"""Configurations of the two kinds of task, as packages give them."""

import pytest

from valhub.evaluation.packages.tasks.task_config import TaskConfig

SERIES = {
    "function_name": "detect_time_shifts",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error", "share_within_tolerance", "coverage", "runtime"],
    "metrics_operations": {
        "mean_absolute_error_time_series": ["mean", "median"],
        "coverage": ["mean"],
        "runtime": ["max"],
    },
    "display_metrics": {"mean_mean_absolute_error_time_series": "Mean MAE"},
    "metrics": {"mean_absolute_error": {"unit": "min"}},
    "tolerances": {"share_within_tolerance": 15},
    "slices": ["issue"],
    "fill_missing": 0,
    "alignment": "date",
}
SCALAR = {
    "function_name": "estimate_az_tilt",
    "comparison_type": "scalar",
    "performance_metrics": ["error", "absolute_error", "combined_orientation_angle"],
    "references_compare": ["azimuth", "tilt"],
    "metrics_operations": {
        "absolute_error": ["median"],
        "error_azimuth": ["mean", "std"],
        "combined_orientation_angle": ["mean"],
    },
    "angular": ["azimuth"],
}


@pytest.fixture
def series_config():
    """Return a maker of a time series configuration with some keys changed."""
    return lambda **changes: TaskConfig.model_validate(SERIES | changes)


@pytest.fixture
def scalar_config():
    """Return a maker of a scalar configuration with some keys changed."""
    return lambda **changes: TaskConfig.model_validate(SCALAR | changes)
