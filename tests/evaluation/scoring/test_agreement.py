"""Errors of numbers: against plain loops, and the laws that hold for any series."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valhub.evaluation.scoring import agreement

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
LENGTHS = st.integers(1, 40)


@st.composite
def pairs(draw):
    shape = draw(LENGTHS)
    arrays = hnp.arrays(np.float64, shape, elements=NUMBERS)
    return draw(arrays), draw(arrays)


def errors(pair):
    return [float(a) - float(r) for a, r in zip(*pair, strict=True)]


@given(pairs())
def test_mean_absolute_error_is_the_mean_of_absolute_differences(pair):
    expected = statistics.fmean(abs(e) for e in errors(pair))
    assert agreement.mean_absolute_error(*pair) == pytest.approx(expected)


@given(pairs())
def test_mean_bias_error_is_the_mean_of_signed_differences(pair):
    expected = statistics.fmean(errors(pair))
    assert agreement.mean_bias_error(*pair) == pytest.approx(expected, abs=1e-6)


@given(pairs())
def test_root_mean_squared_error_is_the_root_of_the_mean_square(pair):
    expected = math.sqrt(statistics.fmean(e * e for e in errors(pair)))
    assert agreement.root_mean_squared_error(*pair) == pytest.approx(expected)


@given(pairs(), st.floats(0, 1e6))
def test_share_within_tolerance_counts_small_errors(pair, tolerance):
    expected = sum(abs(e) <= tolerance for e in errors(pair)) / len(pair[0])
    assert agreement.share_within_tolerance(*pair, tolerance) == pytest.approx(expected)


@given(pairs())
def test_offset_free_error_is_the_mean_distance_from_the_median_error(pair):
    middle = statistics.median(errors(pair))
    expected = statistics.fmean(abs(e - middle) for e in errors(pair))
    assert agreement.offset_free_mean_absolute_error(*pair) == pytest.approx(expected, abs=1e-6)


@given(pairs())
def test_bias_is_at_most_the_absolute_error_and_that_at_most_the_squared_one(pair):
    mae = agreement.mean_absolute_error(*pair)
    assert abs(agreement.mean_bias_error(*pair)) <= mae * (1 + 1e-12)
    assert mae <= agreement.root_mean_squared_error(*pair) * (1 + 1e-12)


@given(pairs())
def test_swapping_answer_and_truth_changes_only_the_sign_of_the_bias(pair):
    swapped = pair[::-1]
    assert agreement.mean_absolute_error(*swapped) == agreement.mean_absolute_error(*pair)
    assert agreement.mean_bias_error(*swapped) == -agreement.mean_bias_error(*pair)


@given(pairs(), st.integers(-10_000, 10_000))
def test_offset_free_error_ignores_a_constant_offset(pair, offset):
    answer, reference = pair
    moved = agreement.offset_free_mean_absolute_error(answer + offset, reference)
    still = agreement.offset_free_mean_absolute_error(answer, reference)
    assert moved == pytest.approx(still, abs=1e-6)
    assert still <= agreement.mean_absolute_error(answer, reference) * (1 + 1e-12) + 1e-9


@given(pairs(), st.randoms(use_true_random=False))
def test_the_order_of_the_samples_does_not_matter(pair, random):
    order = random.sample(range(len(pair[0])), len(pair[0]))
    shuffled = [side[order] for side in pair]
    for metric in (agreement.mean_absolute_error, agreement.offset_free_mean_absolute_error):
        assert metric(*shuffled) == pytest.approx(metric(*pair))


def test_an_error_exactly_at_the_tolerance_is_within_it():
    answer, reference = np.array([15.0, 15.1]), np.array([0.0, 0.0])
    assert agreement.share_within_tolerance(answer, reference, 15) == 0.5


def test_signed_error_is_positive_when_the_answer_is_too_high():
    assert agreement.error(np.array(3.0), np.array(1.0)) == 2
    assert agreement.absolute_error(np.array(1.0), np.array(3.0)) == 2
