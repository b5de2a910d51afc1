"""Operations: equal to NumPy's on plain values, and to repeating values where weights say so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from valhub.evaluation.scoring.operations import OPERATIONS, apply

NUMPY = {
    "mean": np.mean,
    "median": np.median,
    "p95": lambda values: np.percentile(values, 95),
    "max": np.max,
    "min": np.min,
    "std": np.std,
}
NUMBERS = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
VALUES = hnp.arrays(np.float64, st.integers(1, 30), elements=NUMBERS)


@st.composite
def weighted(draw):
    values = draw(VALUES)
    rows = st.lists(st.integers(0, 3), min_size=values.size, max_size=values.size).filter(any)
    return values, np.array(draw(st.lists(rows, min_size=1, max_size=4)))


def test_the_operations_are_the_documented_ones():
    assert set(OPERATIONS) == set(NUMPY)


@pytest.mark.parametrize("name", NUMPY)
@given(values=VALUES)
def test_plain_operation_equals_numpys(name, values):
    assert apply(name, values) == pytest.approx(NUMPY[name](values), rel=1e-9, abs=1e-4)


@pytest.mark.parametrize("name", NUMPY)
@given(case=weighted())
def test_a_weight_stands_for_so_many_copies(name, case):
    values, weights = case
    expected = [NUMPY[name](np.repeat(values, row)) for row in weights]
    assert OPERATIONS[name](values, weights) == pytest.approx(expected, rel=1e-9, abs=1e-4)


@pytest.mark.parametrize("name", ["mean", "median", "p95", "max", "min"])
@given(value=st.floats(-1e100, 1e100), count=st.integers(1, 9))
def test_equal_values_have_exactly_that_value(name, value, count):
    assert apply(name, np.full(count, value)) == value


@given(VALUES)
def test_operations_are_ordered(values):
    least, middle, high, most = (apply(name, values) for name in ("min", "median", "p95", "max"))
    assert least <= middle <= high <= most


def test_one_value_has_no_spread():
    assert apply("std", np.array([3.0])) == 0
