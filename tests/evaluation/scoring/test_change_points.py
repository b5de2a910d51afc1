"""Change points: found, matched one to one, and scored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.change_points import change_point_f1, change_points, matches

POSITIONS = st.lists(st.integers(0, 60), max_size=6, unique=True).map(sorted)


def steps(length, *positions):
    series = np.zeros(length)
    for position in positions:
        series[position:] += 60
    return series


def largest_matching(found, true, tolerance):
    """Try every way to pair the points."""
    if not true:
        return 0
    best = largest_matching(found, true[1:], tolerance)
    for i, point in enumerate(found):
        if abs(point - true[0]) <= tolerance:
            rest = found[:i] + found[i + 1 :]
            best = max(best, 1 + largest_matching(rest, true[1:], tolerance))
    return best


@given(POSITIONS, POSITIONS, st.integers(0, 20))
def test_matching_is_the_largest_one_to_one_matching(found, true, tolerance):
    ours = matches(np.array(found, dtype=int), np.array(true, dtype=int), tolerance)
    assert ours == largest_matching(found, true, tolerance)


@given(POSITIONS, POSITIONS, st.integers(0, 20))
def test_score_is_symmetric_and_bounded(found, true, tolerance):
    answer, reference = steps(70, *found), steps(70, *true)
    score = change_point_f1(answer, reference, tolerance)
    assert 0 <= score <= 1
    assert score == change_point_f1(reference, answer, tolerance)


@given(POSITIONS, st.floats(0.1, 10), st.floats(-100, 100))
def test_score_ignores_the_levels(positions, scale, offset):
    reference = steps(70, *positions)
    assert change_point_f1(scale * reference + offset, reference, 0) == 1


def test_change_is_at_the_first_sample_of_the_new_level():
    assert change_points(steps(10, 3, 7)).tolist() == [3, 7]


def test_rounding_is_no_change():
    assert change_points(np.array([60.0, 60.0 + 1e-12, 60.0])).tolist() == []


def test_two_detections_of_one_change_count_once():
    assert change_point_f1(steps(20, 9, 11), steps(20, 10), 2) == pytest.approx(2 / 3)


def test_a_change_outside_the_tolerance_is_not_found():
    assert change_point_f1(steps(20, 13), steps(20, 10), 2) == 0


def test_a_change_at_the_tolerance_is_found():
    assert change_point_f1(steps(20, 12), steps(20, 10), 2) == 1


def test_no_change_where_there_is_none_is_perfect():
    assert change_point_f1(np.zeros(5), np.full(5, 30.0), 2) == 1


def test_missing_every_change_scores_zero():
    assert change_point_f1(np.zeros(20), steps(20, 10), 2) == 0
