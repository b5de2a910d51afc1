"""One answer against its truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.evaluation.scoring.answers import InvalidAnswer, InvalidTruth
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file, with_costs

DAYS = pd.date_range("2013-01-01", periods=4, freq="D")
TRUTH = pd.Series([0.0, 60.0, 60.0, 0.0], index=DAYS)
CLASSES = {
    "performance_metrics": ["f1_score", "false_positive_rate"],
    "metrics_operations": {"f1_score": ["mean"]},
    "display_metrics": {},
    "metrics": {},
    "tolerances": {},
    "alignment": "timestamp",
}


def test_a_series_answer_is_scored_column_by_column(series_config):
    score = score_file(Scoring.from_config(series_config()), [0, 60, 30, 0], TRUTH)
    assert score.metrics == {
        "mean_absolute_error_time_series": 7.5,
        "share_within_tolerance_time_series": 0.75,
    }
    assert score.coverage == 1


def test_a_filled_day_costs_its_error_and_coverage(series_config):
    score = score_file(Scoring.from_config(series_config()), TRUTH.iloc[:2], TRUTH)
    assert score.metrics["mean_absolute_error_time_series"] == 15
    assert score.coverage == 0.5


def test_without_a_declared_fill_a_missing_day_is_invalid(series_config):
    plan = Scoring.from_config(series_config(fill_missing=None))
    with pytest.raises(InvalidAnswer, match="2 of the 4 values of the reference have no answer"):
        score_file(plan, TRUTH.iloc[:2], TRUTH)


def test_scalar_answers_wrap_the_angular_references_only(scalar_config):
    plan = Scoring.from_config(scalar_config())
    score = score_file(plan, (358, 50), {"azimuth": 2.0, "tilt": 45.0})
    assert score.metrics["error_azimuth"] == pytest.approx(-4)
    assert score.metrics["absolute_error_azimuth"] == pytest.approx(4)
    assert score.metrics["error_tilt"] == 5
    assert 5 < score.metrics["combined_orientation_angle"] < 6


def test_a_series_of_azimuths_wraps_too(series_config):
    plan = Scoring.from_config(series_config(angular=["time_series"]))
    score = score_file(plan, [359.0] * 4, pd.Series([1.0] * 4, index=DAYS))
    assert score.metrics["mean_absolute_error_time_series"] == pytest.approx(2)


def test_yes_or_no_answers_are_scored_as_classes(series_config):
    plan = Scoring.from_config(series_config(**CLASSES))
    truth = pd.Series([False, True, True, False], index=DAYS)
    score = score_file(plan, [1, 1, 1, 0], truth)
    assert score.metrics == {"f1_score_time_series": 0.8, "false_positive_rate_time_series": 0.5}


def test_a_probability_is_no_yes_or_no_answer(series_config):
    plan = Scoring.from_config(series_config(**CLASSES))
    with pytest.raises(InvalidAnswer, match="numbers other than 0 and 1"):
        score_file(plan, [0.2, 0.8, 0.9, 0.1], TRUTH / 60)


def test_a_reference_that_is_no_class_is_the_organisers_fault(series_config):
    plan = Scoring.from_config(series_config(**CLASSES))
    with pytest.raises(InvalidTruth, match="organiser"):
        score_file(plan, [0, 1, 1, 0], TRUTH)


def test_the_largest_accepted_answer_has_finite_scores(series_config):
    metrics = ["mean_absolute_error", "root_mean_squared_error", "offset_free_mean_absolute_error"]
    plan = Scoring.from_config(series_config(performance_metrics=metrics, tolerances={}))
    score = score_file(plan, [1e100, -1e100, 1e100, -1e100], TRUTH)
    assert np.isfinite(list(score.metrics.values())).all()


def test_costs_join_the_metrics_once_and_leave_the_rest_alone(series_config):
    plan = Scoring.from_config(series_config())
    result = FileOutcome("a", Verdict.SCORED, metrics={"x": 1.0}, wall_s=2.5, coverage=0.5)
    priced = with_costs(plan, result)
    assert priced.metrics == {"x": 1.0, "coverage": 0.5, "runtime": 2.5}
    assert with_costs(plan, priced) == priced
    assert result.metrics == {"x": 1.0}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
def test_a_truth_that_no_metric_can_take_is_the_organisers_fault(
    series_config, scalar_config, value
):
    series = Scoring.from_config(series_config())
    with pytest.raises(InvalidTruth, match="not finite or beyond"):
        score_file(series, [0, 60, 60, 0], TRUTH.replace(60.0, value))
    with pytest.raises(InvalidTruth, match="not finite or beyond"):
        score_file(
            Scoring.from_config(scalar_config()), (180, 45), {"azimuth": 180.0, "tilt": value}
        )


def test_a_missing_scalar_truth_is_the_organisers_fault(scalar_config):
    with pytest.raises(InvalidTruth, match="no truth for tilt"):
        score_file(Scoring.from_config(scalar_config()), (180, 45), {"azimuth": 180.0})


@pytest.mark.parametrize("answer", [[1, 1, 1, 0], [1, None, 1, 0], TRUTH.iloc[:2] / 60])
def test_a_fill_that_is_no_class_is_the_organisers_fault_whatever_is_answered(
    series_config, answer
):
    plan = Scoring.from_config(series_config(**CLASSES | {"fill_missing": -1}))
    with pytest.raises(InvalidTruth, match="fill_missing is -1, but f1_score"):
        score_file(plan, answer, TRUTH / 60)


def overflow(*_arrays):
    return 1e200 * 1e200


def divide_by_zero(*_arrays):
    return 1 / 0


def overflow_of_integers(*_arrays):
    return float(10**400)


@pytest.mark.parametrize("function", [overflow, divide_by_zero, overflow_of_integers])
def test_a_metric_without_a_finite_value_is_the_organisers_fault(series_config, function):
    plan = Scoring.from_config(series_config())
    columns = [
        replace(column, metric=replace(column.metric, function=function))
        if column.metric.name == "mean_absolute_error"
        else column
        for column in plan.columns
    ]
    with pytest.raises(InvalidTruth, match="mean_absolute_error_time_series of this file"):
        score_file(replace(plan, columns=tuple(columns)), [0, 60, 60, 0], TRUTH)


LARGE = st.floats(-1e100, 1e100)
SERIES_NAMES = [
    "mean_absolute_error",
    "mean_bias_error",
    "root_mean_squared_error",
    "share_within_tolerance",
    "offset_free_mean_absolute_error",
    "change_point_f1",
]


@given(st.lists(st.tuples(LARGE, LARGE), min_size=1, max_size=8), st.booleans())
def test_what_check_accepts_has_finite_scores(pairs, angular):
    config = TaskConfig.model_validate(
        {
            "function_name": "f",
            "comparison_type": "time_series",
            "performance_metrics": SERIES_NAMES,
            "metrics_operations": {"mean_absolute_error": ["mean"]},
            "tolerances": {"share_within_tolerance": 1e300, "change_point_f1": 1e300},
            "angular": ["time_series"] if angular else [],
        }
    )
    answer, truth = (pd.Series(one, dtype=float) for one in zip(*pairs, strict=True))
    score = score_file(Scoring.from_config(config), answer, truth)
    assert len(score.metrics) == len(SERIES_NAMES)
    assert np.isfinite(list(score.metrics.values())).all()
