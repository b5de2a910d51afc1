"""Intervals, the probability that A beats B, and ranks that are statistically tied."""

import numpy as np
import pytest

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.operations import apply
from valhub.evaluation.scoring.resampling import Resampling
from valhub.evaluation.scoring.statistics import (
    Interval,
    RankRange,
    Statistic,
    intervals,
    probability_better,
    rank_ranges,
    resampled,
)

FILES = [f"file_{i:02}" for i in range(40)]
SYSTEMS = {name: i // 4 for i, name in enumerate(FILES)}
RNG = np.random.default_rng(7)
ERRORS = dict(zip(FILES, RNG.gamma(2, 2, 40), strict=True))


def shifted(offset):
    return {name: value + offset for name, value in ERRORS.items()}


def interval(values, systems, operation="mean"):
    (drawn,) = intervals([Statistic(operation, np.asarray(values, dtype=float))], systems)
    return drawn


def test_the_interval_of_a_mean_matches_its_standard_error():
    values = np.random.default_rng(1).normal(10, 2, 400)
    drawn = interval(values, [None] * 400)
    half = 1.96 * values.std() / 20
    assert drawn.low == pytest.approx(values.mean() - half, abs=0.03)
    assert drawn.high == pytest.approx(values.mean() + half, abs=0.03)


def test_intervals_of_clustered_data_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    systems = np.repeat(np.arange(30), 5)
    hits = 0
    for _ in range(200):
        values = rng.normal(0, 1, 30)[systems] + rng.normal(0, 0.5, 150)
        drawn = interval(values, list(systems))
        hits += drawn.low <= 0 <= drawn.high
    assert 0.89 <= hits / 200 <= 0.98


def test_resampling_systems_widens_the_interval_of_alike_files():
    values = np.repeat(np.arange(10.0), 20)
    systems = list(np.repeat(np.arange(10), 20))
    by_system, by_file = interval(values, systems), interval(values, [None] * 200)
    assert by_system.high - by_system.low > 3 * (by_file.high - by_file.low)


def test_the_interval_says_what_was_resampled():
    assert interval([1, 2, 3, 4, 5], ["a", "b", "c", "d", "e"]).resampled == "systems"
    assert interval([1, 2, 3, 4, 5], ["a", "b", "c", "d", "d"]).resampled == "files"


def test_the_same_files_give_the_same_interval_again():
    values = list(ERRORS.values())
    assert interval(values, [None] * 40) == interval(values, [None] * 40)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_files_have_no_interval(count):
    assert interval([1.0] * count, [None] * count) is None


def test_equal_values_have_an_interval_of_no_width():
    assert interval([4.2] * 6, [None] * 6) == Interval(4.2, 4.2, "systems")


@pytest.mark.parametrize("operation", ["mean", "median", "p95", "max", "min", "std"])
def test_every_operation_has_an_interval_around_its_value(operation):
    values = np.array(list(ERRORS.values()))
    drawn = interval(values, [None] * 40, operation)
    assert drawn.low <= apply(operation, values) <= drawn.high
    assert drawn.low < drawn.high


def test_pairing_sees_a_small_constant_difference_that_the_intervals_hide():
    better, worse = ERRORS, shifted(0.1)
    a, b = (interval(list(one.values()), [None] * 40) for one in (better, worse))
    assert b.low < a.high
    assert probability_better(better, worse, systems=SYSTEMS) == 1


def test_probabilities_of_both_sides_sum_to_one():
    other = dict(zip(FILES, RNG.gamma(2, 2, 40), strict=True))
    there = probability_better(ERRORS, other, systems=SYSTEMS)
    back = probability_better(other, ERRORS, systems=SYSTEMS)
    assert 0 < there < 1
    assert there + back == pytest.approx(1)


def test_equal_algorithms_are_as_likely_to_win():
    assert probability_better(ERRORS, dict(ERRORS), systems=SYSTEMS) == 0.5


@pytest.mark.parametrize(
    ("best", "expected"), [(Best.LOWEST, 1.0), (Best.HIGHEST, 0.0), (Best.ZERO, 0.0)]
)
def test_the_direction_decides_who_is_better(best, expected):
    negative, smaller = shifted(-100), ERRORS
    assert probability_better(negative, smaller, systems=SYSTEMS, best=best) == expected


def test_only_common_files_are_compared():
    others = dict.fromkeys(FILES[:3], 0.0) | {"elsewhere": 1e9}
    assert probability_better(others, ERRORS, systems=SYSTEMS) == 1
    assert probability_better({"elsewhere": 0.0}, ERRORS, systems=SYSTEMS) == 0.5


def test_the_order_of_the_files_does_not_matter():
    other = dict(zip(FILES, RNG.gamma(2, 2, 40), strict=True))
    backwards = dict(reversed(other.items()))
    there = probability_better(ERRORS, other, systems=SYSTEMS)
    assert probability_better(ERRORS, backwards, systems=SYSTEMS) == there


def test_clear_differences_leave_one_rank_each():
    ranges = rank_ranges({"c": shifted(9), "a": ERRORS, "b": shifted(1)}, systems=SYSTEMS)
    assert ranges == {"a": RankRange(1, 1), "b": RankRange(2, 2), "c": RankRange(3, 3)}


def test_what_chance_explains_is_a_tie():
    noisy = dict(zip(FILES, RNG.gamma(2, 2, 40), strict=True))
    ranges = rank_ranges({"a": ERRORS, "b": noisy, "c": shifted(50)}, systems=SYSTEMS)
    assert ranges == {"a": RankRange(1, 2), "b": RankRange(1, 2), "c": RankRange(3, 3)}


def test_who_wins_39_of_40_resamples_wins_and_who_wins_38_ties():
    noisy = dict(zip(FILES, np.random.default_rng(5).gamma(2, 2, 40), strict=True))
    seen = {}
    for offset in np.linspace(0, 0.5, 11):
        worse = {name: value + offset for name, value in noisy.items()}
        probability = probability_better(ERRORS, worse, systems=SYSTEMS, resamples=40)
        ranges = rank_ranges({"a": ERRORS, "b": worse}, systems=SYSTEMS, resamples=40)
        seen[probability] = (ranges["a"].worst, ranges["b"].best)
    assert (seen[38 / 40], seen[39 / 40]) == ((2, 1), (1, 2))
    assert {probability for probability in seen if seen[probability] == (1, 2)} == {39 / 40, 1.0}


def test_rank_ranges_follow_the_operation_and_direction():
    ranges = rank_ranges(
        {"a": ERRORS, "b": shifted(5)}, systems=SYSTEMS, operation="median", best=Best.HIGHEST
    )
    assert ranges == {"a": RankRange(2, 2), "b": RankRange(1, 1)}


def test_a_single_algorithm_and_none_at_all_have_ranks():
    assert rank_ranges({"a": ERRORS}, systems=SYSTEMS) == {"a": RankRange(1, 1)}
    assert rank_ranges({}, systems=SYSTEMS) == {}


def test_two_files_are_enough():
    assert interval([1.0, 2.0], [None] * 2) is not None
    few, worse = {"a": 0.0, "b": 0.0}, {"a": 1.0, "b": 1.0}
    assert probability_better(few, worse, systems={}) == 1


def test_an_interval_leaves_out_a_fortieth_at_either_end():
    statistic = Statistic("mean", np.array(list(ERRORS.values())))
    drawn = resampled([statistic], Resampling.of([None] * 40, resamples=100, seed=4))
    (found,) = intervals([statistic], [None] * 40, resamples=100, seed=4)
    assert [found.low, found.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]))


def test_probabilities_depend_on_the_seed():
    other = dict(zip(FILES, np.random.default_rng(5).gamma(2, 2, 40), strict=True))
    found = {probability_better(ERRORS, other, systems=SYSTEMS, seed=seed) for seed in range(5)}
    assert len(found) > 1
