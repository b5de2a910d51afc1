"""Operations: equal to NumPy's, and exact where NumPy's are not."""

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


def test_the_operations_are_the_documented_ones():
    assert set(OPERATIONS) == set(NUMPY)


@pytest.mark.parametrize("name", NUMPY)
@given(values=VALUES)
def test_plain_operation_equals_numpys(name, values):
    assert apply(name, values) == pytest.approx(NUMPY[name](values), rel=1e-9, abs=1e-4)


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


@pytest.mark.parametrize("size", [1e-300, 1e300])
@pytest.mark.parametrize("name", NUMPY)
def test_tiny_and_huge_values_have_their_statistic(name, size):
    values = np.array([1.0, 2.0, 4.0])
    assert apply(name, values * size) == pytest.approx(NUMPY[name](values) * size, rel=1e-9)
