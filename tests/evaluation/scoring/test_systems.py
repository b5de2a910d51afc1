"""Files by system: how many systems and sites there are, and what their files say together."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.systems import Systems, count_sites


def systems(*sizes):
    return Systems.of([number for number, size in enumerate(sizes) for _ in range(size)])


def test_systems_are_numbered_as_they_are_met_and_unknown_ones_are_one():
    of = Systems.of(["b", None, "a", "b", None])
    assert of.numbers.tolist() == [0, 1, 2, 0, 1]
    assert of.files.tolist() == [2, 2, 1]
    assert of.count == 3
    assert of.effective == pytest.approx(25 / 9)


def clustered_regression(values, of):
    """CV3 by its definition: the mean again and again without one system."""
    means = [values[of.numbers != system].mean() for system in range(of.count)]
    spread = np.square(np.array(means) - values.mean()).sum()
    return math.sqrt((of.count - 1) / of.count * spread)


@given(
    st.lists(st.integers(1, 6), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from([1e-300, 1e-9, 1.0, 1e9, 1e300]),
)
def test_the_standard_error_is_that_of_leaving_systems_out(sizes, random, unit):
    of = systems(*sizes)
    values = np.array([random.uniform(-1, 1) for _ in range(sum(sizes))])
    expected = clustered_regression(values, of)
    assert of.standard_error(values * unit) == pytest.approx(expected * unit, rel=1e-9)


def test_the_standard_error_agrees_with_published_figures():
    """Figures of `cov_type="cluster"` with CV3 in a regression on a constant, by hand."""
    of = systems(1, 2, 3)
    values = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 7.0])
    # Without one system at a time, the means are 21/5, 16/4 and 7/3; with all, 22/6.
    moved = [21 / 5 - 22 / 6, 16 / 4 - 22 / 6, 7 / 3 - 22 / 6]
    assert of.standard_error(values) == pytest.approx(
        math.sqrt(2 / 3 * sum(one**2 for one in moved)), rel=1e-12
    )
    assert of.effective == pytest.approx(36 / 14)


def test_what_hardly_differs_is_measured_exactly():
    """Steps of 2**-45 next to 1, which sums of the values themselves would not see."""
    steps = np.array([0.0, 3.0, 1.0, 7.0, 2.0, 6.0, 5.0])
    of = systems(1, 2, 1, 3)
    expected = of.standard_error(-steps)
    found = of.standard_error(1 - steps * 2.0**-45)
    assert found == pytest.approx(expected * 2.0**-45, rel=1e-9)


def test_a_standard_error_beyond_all_numbers_is_infinite():
    values = np.array([-1.7e308] * 1000 + [1.7e308] * 4)
    assert systems(1000, 1, 1, 1, 1).standard_error(values) == math.inf


@pytest.mark.parametrize("value", [0.0, 0.1, -0.3])
def test_equal_values_have_no_standard_error(value):
    assert systems(2, 3, 4).standard_error(np.full(9, value)) == 0


DENVER, NEAR, FAR = (39.7, -105.2), (39.701, -105.2), (39.72, -105.2)


@pytest.mark.parametrize(
    ("places", "sites"),
    [
        ([DENVER], 1),
        ([DENVER, DENVER], 1),
        ([DENVER, NEAR], 1),
        ([DENVER, FAR], 2),
        ([(39.74, -105.171), (39.74, -105.169)], 1),
        ([(39.74, -105.17), (39.74, -105.18)], 2),
        ([(39.741, -105.17), (39.739, -105.17)], 1),
        ([(39.74, -105.17), (39.75, -105.17)], 2),
        ([DENVER, (math.nan, 1.0)], 0),
        ([DENVER, (None, 1.0)], 0),
        ([DENVER, ("north", 1.0)], 0),
    ],
)
def test_sites_are_counted_where_all_are_known(places, sites):
    files = [{"latitude": latitude, "longitude": longitude} for latitude, longitude in places]
    assert count_sites(files) == sites


def test_a_file_without_a_place_leaves_the_sites_unknown():
    assert count_sites([{"latitude": 1.0, "longitude": 2.0}, {}]) == 0
