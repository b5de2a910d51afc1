"""Yes-or-no scores: against counting loops, and every case in which a fraction is 0/0."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring import classification
from valhub.evaluation.scoring.classification import (
    balanced_accuracy,
    confusion,
    f1_score,
    false_positive_rate,
    matthews_correlation_coefficient,
)

LABELS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40)
YES, NO = np.ones(4), np.zeros(4)
MIXED = np.array([1.0, 0.0, 0.0, 0.0])


def sides(labels):
    answer, reference = zip(*labels, strict=True)
    return np.array(answer, dtype=float), np.array(reference, dtype=float)


@given(LABELS)
def test_the_four_outcomes_are_counted(labels):
    c = confusion(*sides(labels))
    counted = [labels.count(outcome) for outcome in ((1, 1), (1, 0), (0, 1), (0, 0))]
    assert [c.tp, c.fp, c.fn, c.tn] == counted


@given(LABELS)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(labels):
    c = confusion(*sides(labels))
    if c.tp:
        precision, recall = c.tp / (c.tp + c.fp), c.tp / (c.tp + c.fn)
        expected = 2 * precision * recall / (precision + recall)
    else:
        expected = 0.0 if c.fp + c.fn else 1.0
    assert f1_score(*sides(labels)) == pytest.approx(expected)


@given(LABELS)
def test_matthews_correlation_is_pearsons_where_both_vary(labels):
    answer, reference = sides(labels)
    value = matthews_correlation_coefficient(answer, reference)
    assert -1 <= value <= 1
    if answer.std() and reference.std():
        assert value == pytest.approx(np.corrcoef(answer, reference)[0, 1], abs=1e-9)


@given(LABELS)
def test_scores_are_finite_and_bounded_whatever_the_labels(labels):
    for metric in (f1_score, balanced_accuracy, false_positive_rate):
        value = metric(*sides(labels))
        assert math.isfinite(value)
        assert 0 <= value <= 1


@given(LABELS)
def test_swapping_the_classes_mirrors_balanced_accuracy_and_correlation(labels):
    answer, reference = sides(labels)
    for metric in (balanced_accuracy, matthews_correlation_coefficient):
        assert metric(1 - answer, 1 - reference) == pytest.approx(metric(answer, reference))


@given(LABELS)
def test_the_opposite_answer_has_the_opposite_correlation(labels):
    answer, reference = sides(labels)
    value = matthews_correlation_coefficient(answer, reference)
    assert matthews_correlation_coefficient(1 - answer, reference) == pytest.approx(-value)


@pytest.mark.parametrize("metric", ["f1_score", "balanced_accuracy"])
@pytest.mark.parametrize("labels", [YES, NO, MIXED])
def test_a_perfect_answer_scores_one_even_with_one_class(metric, labels):
    assert getattr(classification, metric)(labels, labels) == 1
    assert matthews_correlation_coefficient(labels, labels) == 1


def test_flagging_anything_in_a_file_without_positives_has_an_f1_of_zero():
    assert f1_score(MIXED, NO) == 0


def test_balanced_accuracy_with_one_true_class_is_that_classes_recall():
    assert balanced_accuracy(MIXED, YES) == 0.25
    assert balanced_accuracy(MIXED, NO) == 0.75


def test_correlation_is_zero_when_only_one_side_has_a_single_class():
    assert matthews_correlation_coefficient(YES, MIXED) == 0
    assert matthews_correlation_coefficient(MIXED, NO) == 0


def test_correlation_is_minus_one_when_both_have_opposite_single_classes():
    assert matthews_correlation_coefficient(YES, NO) == -1
    assert matthews_correlation_coefficient(NO, YES) == -1


def test_false_positive_rate_without_negatives_is_zero():
    assert false_positive_rate(YES, YES) == 0


def test_false_positive_rate_of_an_unclipped_file_is_the_share_flagged():
    assert false_positive_rate(MIXED, NO) == 0.25


def test_correlation_of_a_long_series_does_not_overflow():
    answer = np.tile([0.0, 1.0], 500_000)
    assert matthews_correlation_coefficient(answer, answer) == 1
