"""Wins over systems, and how many of them a clear difference needs."""

import numpy as np
import pytest
from scipy import stats

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.comparisons import (
    Tally,
    Thresholds,
    clear_level,
    fewest_systems,
    tail,
    wins_needed,
)
from valhub.evaluation.scoring.losses import losses_of
from valhub.evaluation.scoring.tries import Tries

FILES = {"a1": "a", "a2": "a", "b1": "b", "c1": "c"}


def losses(*runs, files=FILES, operation="mean", best=Best.LOWEST):
    return losses_of(runs, files, operation=operation, best=best)


def tally(one, other, **how):
    both = losses(one, other, **how)
    mine = losses(one, **how)
    found = Tally.of(mine, both)
    return tuple(int(of[1]) for of in (found.won, found.lost, found.tied))


def test_losses_are_the_aggregate_of_a_systems_files():
    found = losses({"a1": 1.0, "a2": 3.0, "b1": 5.0, "c1": 0.0})
    assert found.losses.tolist() == [[2.0, 5.0, 0.0]]
    assert found.missing.tolist() == [[0, 0, 0]]
    assert (found.systems, found.files) == (3, 4)


def test_no_runs_have_a_table_of_no_rows():
    found = losses()
    assert (found.losses.shape, found.missing.shape) == ((0, 3), (0, 3))
    assert (found.losses.dtype, found.missing.dtype) == (np.float64, np.int64)
    assert found.distinct() == 0


@pytest.mark.parametrize(
    ("best", "expected"), [(Best.LOWEST, -2.0), (Best.HIGHEST, 2.0), (Best.ZERO, 2.0)]
)
def test_losses_follow_the_direction(best, expected):
    found = losses({"a1": -3.0, "a2": -1.0}, files={"a1": "a", "a2": "a"}, best=best)
    assert found.losses.tolist() == [[expected]]


def test_the_smaller_loss_wins_a_system_and_equal_ones_tie():
    one = {"a1": 1.0, "a2": 1.0, "b1": 5.0, "c1": 2.0}
    other = {"a1": 2.0, "a2": 2.0, "b1": 4.0, "c1": 2.0}
    assert tally(one, other) == (1, 1, 1)


def test_fewer_unanswered_files_win_whatever_the_loss():
    one = {"a1": 9.0, "a2": 9.0, "b1": 9.0, "c1": 9.0}
    other = {"a1": 0.0, "b1": 0.0, "c1": 0.0}
    assert tally(one, other) == (1, 2, 0)


def test_equally_many_unanswered_files_tie_whatever_the_rest():
    one = {"a1": 0.0, "b1": 1.0, "c1": 1.0}
    other = {"a2": 9.0, "b1": 1.0, "c1": 1.0}
    assert tally(one, other) == (0, 0, 3)


def test_runs_that_are_alike_on_every_system_count_once():
    run = {"a1": 1.0, "a2": 3.0, "b1": 5.0}
    assert losses(run, dict(run), {**run, "c1": 1.0}).distinct() == 2


@pytest.mark.parametrize(("runs", "wins"), [(2, 15), (5, 17), (10, 18), (50, 19)])
def test_the_wins_that_a_clear_difference_needs_on_twenty_systems(runs, wins):
    assert wins_needed(20, runs) == wins


@pytest.mark.parametrize(("runs", "systems"), [(2, 6), (5, 9), (10, 11), (50, 16), (1000, 25)])
def test_the_fewest_systems_on_which_anything_can_be_shown(runs, systems):
    assert fewest_systems(runs) == systems
    assert wins_needed(systems, runs) == systems
    assert wins_needed(systems - 1, runs) is None


@pytest.mark.parametrize(("runs", "family"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8), (9, 16)])
def test_runs_count_as_the_next_power_of_two(runs, family):
    thresholds = Thresholds(Tries.of_equals(runs))
    assert thresholds.tries.family(1.0, 1.0) == family
    assert thresholds.clear(1.0, 1.0) == clear_level(family)
    assert thresholds.maybe_best(1.0, 1.0) == 0.05 / max(family - 1, 1)


@pytest.mark.parametrize("systems", range(61))
def test_the_tail_is_that_of_a_fair_coin(systems):
    wins = np.arange(systems + 1)
    expected = stats.binom.sf(wins - 1, systems, 0.5)
    assert tail(wins, np.full_like(wins, systems)) == pytest.approx(expected, rel=1e-9)


def test_levels_share_the_error_rate_among_all_pairs():
    assert clear_level(2) == 0.025
    assert clear_level(5) == pytest.approx(0.05 / 20)
    assert clear_level(1) == 0.05
