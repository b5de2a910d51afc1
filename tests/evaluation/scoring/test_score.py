"""One answer against its truth."""

import numpy as np
import pandas as pd
import pytest

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
