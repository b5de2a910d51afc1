"""Answers to packages of the earlier hub: by our rules first, and else as that hub read them."""

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.scoring.alignment import align
from valhub.evaluation.scoring.answers import InvalidAnswer
from valhub.evaluation.scoring.scalars import scalars

TRUTH = pd.Series([0.0, 60.0, -60.0], pd.date_range("2013-01-01", periods=3))
ANGLES = ("azimuth", "tilt")


def days(values, start="2013-01-01", **index):
    return pd.Series(values, pd.date_range(start, periods=len(values), **index))


def aligned(answer, *, in_order=True, fill=None):
    return align(answer, TRUTH, by="date", fill=fill, zone=None, in_order=in_order)


@pytest.mark.parametrize(
    "answer",
    [
        days([1, 2, 3]),
        days([1, 2, 3])[::-1],  # By date, as every date is there.
        days([1, 2, 3], start="1999-06-01"),
        days([1, 2, 3], start="2013-01-02"),
        days([1, 2, 3], start="2013-01-01", freq="h"),
        days([1, 2, 3], start="1999-06-01", tz="Asia/Tokyo"),
        pd.DataFrame({"shift": [1, 2, 3]}, pd.date_range("1999-06-01", periods=3)),
        np.array([1, 2, 3]),
    ],
)
def test_as_many_values_as_the_truth_count(answer):
    assert aligned(answer).answer.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "answer",
    [days([1, 2, 3], start="2013-01-02"), days([1, 2, 3], start="1999-06-01")],
)
def test_other_packages_align_by_date_alone(answer):
    with pytest.raises(InvalidAnswer):
        aligned(answer, in_order=False)


@pytest.mark.parametrize(
    "answer", [days([1, 2]), days([1, 2, 3, 4], start="1999-01-01"), [1, 2], days([1, None, 3])]
)
def test_another_number_of_values_and_gaps_stay_invalid(answer):
    with pytest.raises(InvalidAnswer):
        aligned(answer)


def test_more_days_than_the_truth_align_by_date():
    answer = days([9, 1, 2, 3, 9], start="2012-12-31")
    assert aligned(answer).answer.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "answer",
    [
        (180, 40),
        (180, 40, "sure", None),
        [180.0, 40.0, 3.0],
        np.array([180.0, 40.0, 3.0]),
        np.array([[180.0, 40.0]]),
        np.array([[180.0, 40.0, 1.0], [1.0, 2.0, 3.0]]),
        pd.DataFrame([(180.0, 40.0)]),
        pd.DataFrame([(180.0, 40.0, 5.0)]),
        pd.DataFrame({"tilt": [40.0], "azimuth": [180.0]}),
        pd.Series([180.0, 40.0]),
        {"tilt": 40, "azimuth": 180, "other": 1},
    ],
)
def test_what_follows_the_references_does_not_count(answer):
    assert scalars(answer, ANGLES, may_hold_more=True) == {"azimuth": 180, "tilt": 40}


@pytest.mark.parametrize(
    "answer", [(180,), 180.0, None, "180", pd.DataFrame(), np.array([[180.0]]), (180, float("nan"))]
)
def test_too_few_numbers_stay_invalid(answer):
    with pytest.raises(InvalidAnswer):
        scalars(answer, ANGLES, may_hold_more=True)


@pytest.mark.parametrize("answer", [(180, 40, 1), np.array([[180.0, 40.0]])])
def test_other_packages_take_exactly_their_references(answer):
    with pytest.raises(InvalidAnswer):
        scalars(answer, ANGLES)
