"""95 % intervals over systems: exact cases, floors and what they must never do.

How often they hold is simulated in `test_coverage.py` and, over the whole grid, in
`benchmarks/coverage_grid.py`.
"""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from valhub.evaluation.scoring.intervals import ERROR, SHARE, SIGNED, interval
from valhub.evaluation.scoring.metrics import METRICS
from valhub.evaluation.scoring.operations import OPERATIONS, apply
from valhub.evaluation.scoring.systems import Systems

T19 = stats.t.ppf(0.975, 19)


def systems(*sizes):
    return Systems.of([number for number, size in enumerate(sizes) for _ in range(size)])


def of_single_files(count):
    return systems(*[1] * count)


def drawn(operation, values, of, bounds=ERROR):
    return interval(operation, np.asarray(values, dtype=float), of, bounds)


@pytest.mark.parametrize(
    ("operation", "bounds", "fewest"),
    [
        ("mean", ERROR, 5),
        ("mean", SHARE, 5),
        ("mean", SIGNED, 8),
        ("mean", (-1.0, 1.0), 8),
        ("median", ERROR, 8),
        ("p95", ERROR, 20),
    ],
)
def test_fewer_systems_than_the_floor_get_words(operation, bounds, fewest):
    values = np.linspace(0.1, 0.9, fewest)
    found = drawn(operation, values, of_single_files(fewest), bounds)
    assert (found.low, found.high) != (None, None)
    assert found.systems == fewest
    few = drawn(operation, values[1:], of_single_files(fewest - 1), bounds)
    assert (few.low, few.high) == (None, None)
    assert few.caveat == f"{fewest - 1} systems: too few for an interval."


def test_files_never_stand_in_for_systems():
    found = drawn("mean", np.arange(400), systems(100, 100, 100, 100))
    assert (found.low, found.high, found.systems) == (None, None, 4)


def test_files_of_unknown_systems_are_one_system():
    found = drawn("mean", np.arange(30), Systems.of([None] * 30))
    assert found.systems == 1
    assert found.caveat == "1 system: too few for an interval."


@pytest.mark.parametrize(
    ("operation", "words"),
    [("max", "a maximum"), ("min", "a minimum"), ("std", "a standard deviation")],
)
def test_extremes_and_spreads_never_have_an_interval(operation, words):
    found = drawn(operation, np.arange(1000), of_single_files(1000))
    assert (found.low, found.high) == (None, None)
    assert found.caveat == f"No interval can be given for {words}."


def test_a_mean_is_plain_below_and_logarithmic_above():
    values = np.arange(1.0, 21.0)
    mean, error = values.mean(), values.std(ddof=1) / math.sqrt(20)
    found = drawn("mean", values, of_single_files(20))
    assert found.low == pytest.approx(mean - T19 * error, rel=1e-12)
    assert found.high == pytest.approx(mean * math.exp(T19 * error / mean), rel=1e-12)


def test_the_lower_end_of_errors_is_never_below_zero():
    assert drawn("mean", [0, 0, 0, 0, 0, 0, 0, 50], of_single_files(8)).low == 0


def test_a_signed_mean_is_symmetric_and_says_what_it_cannot():
    values = np.linspace(-3, 5, 20)
    error = values.std(ddof=1) / math.sqrt(20)
    found = drawn("mean", values, of_single_files(20), SIGNED)
    assert (found.low, found.high) == pytest.approx((1 - T19 * error, 1 + T19 * error))
    assert "lopsided" in found.caveat


def test_twenty_of_twenty_are_not_a_certainty():
    found = drawn("mean", [1.0] * 20, of_single_files(20), SHARE)
    assert found.low == pytest.approx(0.8316, abs=1e-4)
    assert found.high == 1.0


def test_where_no_share_varies_systems_count_and_not_files():
    few = drawn("mean", [1.0] * 200, systems(*[10] * 20), SHARE)
    assert few.low == drawn("mean", [1.0] * 20, of_single_files(20), SHARE).low


def test_shares_of_alike_files_are_worth_their_systems():
    values = np.repeat([1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0], 100)
    of = systems(*[100] * 10)
    found = drawn("mean", values, of, SHARE)
    share, error = 0.8, math.sqrt(0.8 * 0.2 / 9)
    worth = 0.16 / error**2 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 9)) ** 2
    assert found.low == pytest.approx(
        stats.beta.ppf(0.025, share * worth, (1 - share) * worth + 1), rel=1e-9
    )
    assert found.high == pytest.approx(
        stats.beta.ppf(0.975, share * worth + 1, (1 - share) * worth), rel=1e-9
    )


def test_the_upper_end_of_a_quantile_may_be_open():
    found = drawn("p95", np.arange(20.0), of_single_files(20))
    assert found.low is not None
    assert found.low < apply("p95", np.arange(20.0))
    assert found.high is None


def test_the_ends_of_a_median_are_values_of_files():
    values = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0, 5.0, 3.5, 8.0])
    found = drawn("median", values, of_single_files(10))
    assert {found.low, found.high} <= set(values)
    assert found.low < apply("median", values) < found.high


@pytest.mark.parametrize("value", [0.0, 0.3, 1e300])
@pytest.mark.parametrize("bounds", [ERROR, SIGNED])
def test_systems_that_do_not_differ_show_nothing_of_others(value, bounds):
    """Where 19 of 20 errors are zero, all of eight systems are zero in two of three samples."""
    for of in (of_single_files(20), systems(3, 1, 5, 7, 2, 2, 9, 1)):
        found = drawn("mean", [value] * of.numbers.size, of, bounds)
        assert (found.low, found.high, found.systems) == (None, None, of.count)
        assert found.caveat == "No interval can be given: the systems do not differ."


@pytest.mark.parametrize("bounds", [ERROR, SIGNED])
def test_systems_whose_files_differ_alike_do_not_differ(bounds):
    found = drawn("mean", [0.1, 0.3, 0.7] * 9, systems(*[3] * 9), bounds)
    assert found.caveat == "No interval can be given: the systems do not differ."


def test_a_median_of_equal_values_is_bounded_by_their_number():
    found = drawn("median", [0.3] * 8, of_single_files(8))
    assert (found.low, found.high) == (0.3, 0.3)


def test_an_upper_end_beyond_all_numbers_is_open():
    """One file of a small system has all of the error, and a large one is without any."""
    of = systems(10_000, 1, 1, 1, 1)
    found = drawn("mean", [0.0] * 10_003 + [1.0], of)
    assert (found.low, found.high, found.caveat) == (0.0, None, "")


def test_systems_of_unequal_size_count_as_fewer():
    of = systems(40, 1, 1, 1, 1, 1, 1, 1)
    values = np.linspace(-3, 5, 47)
    reach = stats.t.ppf(0.975, 1) * of.standard_error(values)
    assert of.effective < 2
    found = drawn("mean", values, of, SIGNED)
    assert (found.low, found.high) == pytest.approx((1 - reach, 1 + reach))


def test_none_of_twenty_is_not_a_certainty_either():
    found = drawn("mean", [0.0] * 20, of_single_files(20), SHARE)
    assert found.low == 0.0
    assert found.high == pytest.approx(0.1684, abs=1e-4)


@pytest.mark.parametrize("rare", [True, False])
@pytest.mark.parametrize("of_one", [0.04, 1.0])
def test_less_than_one_hit_or_miss_leaves_an_end_inside(rare, of_one):
    values = np.array([0.0] * 19 + [of_one])
    found = drawn("mean", values if rare else 1 - values, of_single_files(20), SHARE)
    share = error = of_one / 20
    worth = min(share * (1 - share) / error**2, 20) * (stats.norm.ppf(0.975) / T19) ** 2
    assert share * worth < 1
    low = stats.beta.ppf(0.025, share * worth, (1 - share) * worth + 1)
    high = stats.beta.ppf(0.975, share * worth + 1, (1 - share) * worth)
    assert (found.low, found.high) == pytest.approx((low, high) if rare else (1 - high, 1 - low))
    if of_one == 1:
        assert found.low > 0.0001
        assert found.high < 0.9999


def test_an_operation_without_a_rule_is_named():
    found = drawn("mode", np.arange(100), of_single_files(100))
    assert found.caveat == "No interval can be given for mode."


@pytest.mark.parametrize(
    ("operation", "sizes", "ranks"),
    [
        ("median", [1] * 8, (1, 8)),
        ("median", [1] * 9, (1, 9)),
        ("median", [1] * 20, (5, 16)),
        ("median", [1] * 21, (5, 17)),
        ("median", [5] * 8, (3, 38)),
        ("median", [12] + [4] * 7, (1, 40)),
        ("p95", [1] * 20, (15, None)),
        ("p95", [5] * 20, (72, None)),
        ("p95", [1] * 101, (90, 101)),
        ("p95", [1] * 200, (182, 197)),
    ],
)
def test_the_ends_of_a_quantile_are_the_values_of_these_ranks(operation, sizes, ranks):
    found = drawn(operation, np.arange(1.0, sum(sizes) + 1), systems(*sizes))
    assert (found.low, found.high) == ranks


def test_an_interval_that_is_open_on_both_sides_is_none():
    """One of eight systems has nearly all of the files, so there is hardly more than one."""
    found = drawn("median", np.arange(47), systems(40, 1, 1, 1, 1, 1, 1, 1))
    assert (found.low, found.high) == (None, None)
    assert found.caveat == "No interval can be given: both of its ends would be open."


@given(
    st.lists(
        st.floats(0, 1e300, allow_subnormal=True) | st.sampled_from([0.0, 1e-300, 1e300]),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(sorted(OPERATIONS)),
    st.sampled_from([ERROR, SIGNED, (-1.0, 1.0)]),
    st.integers(1, 30),
)
def test_any_values_have_an_interval_around_them_or_words(values, operation, bounds, count):
    of = Systems.of([number % count for number in range(len(values))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = drawn(operation, values, of, bounds)
    if (found.low, found.high) == (None, None):
        assert found.caveat
        return
    ends = [end for end in (found.low, found.high) if end is not None]
    assert all(math.isfinite(end) for end in ends)
    if bounds == ERROR:
        value = apply(operation, np.array(values))
        slack = 1e-9 * value
        assert found.low is None or found.low <= value + slack
        assert found.high is None or found.high >= value - slack


@given(st.permutations(range(24)))
def test_the_order_of_files_is_irrelevant(order):
    values, numbers = np.arange(24.0) ** 2, [one % 9 for one in range(24)]
    for operation, bounds in (("mean", ERROR), ("mean", SIGNED), ("median", ERROR)):
        one = drawn(operation, values, Systems.of(numbers), bounds)
        other = drawn(operation, values[order], Systems.of([numbers[at] for at in order]), bounds)
        assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_every_metric_has_the_bounds_of_its_formula():
    shares = {name for name, metric in METRICS.items() if metric.bounds == SHARE}
    assert shares == {
        "share_within_tolerance",
        "change_point_f1",
        "f1_score",
        "balanced_accuracy",
        "false_positive_rate",
        "coverage",
    }
    assert all(metric.bounds[0] < 0 for metric in METRICS.values() if metric.signed)


@pytest.mark.parametrize(
    ("operation", "bounds"),
    [("mean", ERROR), ("mean", SHARE), ("mean", SIGNED), ("median", ERROR), ("p95", ERROR)],
)
def test_the_best_of_many_has_a_wider_interval(operation, bounds):
    values = np.linspace(0.1, 0.9, 40)
    found = [
        interval(operation, values, of_single_files(40), bounds, tries=tries) for tries in (1, 37)
    ]
    one, many = ((-math.inf if of.low is None else of.low, of.high) for of in found)
    assert many[0] <= one[0]
    assert many[1] is None or many[1] >= one[1]
    assert many != one


def test_the_best_of_so_many_has_the_level_that_all_of_them_need():
    values = np.arange(20.0)
    tries = 10
    found = interval("mean", values, of_single_files(20), SIGNED, tries=tries)
    reach = stats.t.ppf(1 - 0.025 / tries, 19) * values.std(ddof=1) / math.sqrt(20)
    assert (found.low, found.high) == pytest.approx((9.5 - reach, 9.5 + reach))
