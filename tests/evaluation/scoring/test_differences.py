"""Two runs compared on every system, with the smallest difference that matters."""

import math
import warnings

import numpy as np
import pytest

from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.differences import Judgement, differences
from valhub.evaluation.scoring.losses import Losses
from valhub.evaluation.scoring.possible_ranks import Table
from valhub.evaluation.scoring.tries import Tries


def compared(one, other, *, smallest=0.0, runs=2, missing=None):
    cells = np.array([one, other], dtype=float)
    unanswered = np.zeros(cells.shape, dtype=np.int64) if missing is None else np.array(missing)
    losses = Losses(cells, unanswered, cells.shape[1])
    table = Table([1, 2], losses, Thresholds(Tries.of_equals(runs)))
    [forth] = differences(table, 0, [1], smallest=smallest)
    [back] = differences(table, 1, [0], smallest=smallest)
    assert (back.better, back.worse, back.same) == (forth.worse, forth.better, forth.same)
    return forth


@pytest.mark.parametrize(
    ("better", "same", "worse", "judgement"),
    [
        (16, 3, 1, Judgement.BETTER),
        (1, 3, 16, Judgement.WORSE),
        (15, 0, 5, Judgement.BETTER),
        (14, 0, 6, Judgement.UNDECIDED),
        (6, 14, 0, Judgement.BETTER),
        (5, 15, 0, Judgement.SAME),
        (3, 14, 3, Judgement.UNDECIDED),
        (3, 15, 2, Judgement.SAME),
        (0, 20, 0, Judgement.SAME),
        (10, 0, 10, Judgement.UNDECIDED),
    ],
)
def test_what_twenty_systems_show_of_two_runs(better, same, worse, judgement):
    other = [2.0] * better + [1.05] * same + [0.0] * worse
    found = compared([1.0] * 20, other, smallest=0.1)
    assert (found.better, found.same, found.worse) == (better, same, worse)
    assert found.judgement is judgement
    assert found.words == (
        f"{better} better, {same} same, {worse} worse of 20 systems: {judgement.value}"
    )


def test_more_runs_need_more_wins():
    one, other = [1.0] * 20, [2.0] * 15 + [0.0] * 5
    assert compared(one, other, runs=2).judgement is Judgement.BETTER
    assert compared(one, other, runs=50).judgement is Judgement.UNDECIDED


@pytest.mark.parametrize(("gap", "same"), [(0.1, 8), (0.1000001, 0), (0.3 - 0.2, 8)])
def test_the_smallest_difference_itself_is_the_same(gap, same):
    assert compared([0.3] * 8, [0.3 + gap] * 8, smallest=0.1).same == same


def test_fewer_unanswered_files_are_better_and_equally_many_are_neither():
    missing = [[0, 1, 2, 0, 0, 0], [1, 1, 1, 0, 0, 0]]
    found = compared([9.0] * 6, [9.0] * 6, missing=missing)
    assert (found.better, found.worse, found.same, found.unanswered) == (1, 1, 3, 1)
    assert "1 unanswered by both of 6 systems" in found.words


@pytest.mark.parametrize("scale", [1e-300, 1e300, 1.7e308])
def test_very_small_and_very_large_losses_warn_of_nothing(scale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compared([-scale] * 20, [scale] * 20)
    assert found.judgement is Judgement.BETTER


def test_an_unknown_run_is_neither_better_nor_worse():
    found = compared([1.0] * 20, [math.nan] * 20)
    assert (found.better, found.same, found.worse) == (0, 0, 0)
    assert found.judgement is Judgement.UNDECIDED
