"""The order of a leaderboard."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.ranking import RankedResult, rank

SMALL = st.integers(-3, 3).map(float)
ENTRIES = st.lists(
    st.builds(
        RankedResult,
        st.text(max_size=2),
        st.none() | SMALL,
        st.sampled_from([0.0, 0.5, 0.9, 1.0]),
    ),
    max_size=12,
)


def ranks(*entries, best=Best.LOWEST):
    return [(one.rank, one.entry.name) for one in rank(entries, best=best)]


def test_complete_entries_come_by_value():
    assert ranks(RankedResult("b", 2), RankedResult("a", 3), RankedResult("c", 1)) == [
        (1, "c"),
        (2, "b"),
        (3, "a"),
    ]


def test_direction_turns_the_order():
    entries = [RankedResult("low", -5), RankedResult("middle", 1), RankedResult("high", 3)]
    assert ranks(*entries, best=Best.HIGHEST) == [(1, "high"), (2, "middle"), (3, "low")]
    assert ranks(*entries, best=Best.ZERO) == [(1, "middle"), (2, "high"), (3, "low")]


def test_ties_share_a_rank_and_the_next_one_is_skipped():
    assert ranks(RankedResult("b", 1), RankedResult("a", 1), RankedResult("c", 2)) == [
        (1, "a"),
        (1, "b"),
        (3, "c"),
    ]


def test_failing_on_the_hard_files_never_passes_a_complete_entry():
    entries = [
        RankedResult("lucky", 0.1, 0.9),
        RankedResult("honest", 9.0),
        RankedResult("luckier", 0.0, 0.5),
    ]
    assert ranks(*entries) == [(1, "honest"), (2, "lucky"), (3, "luckier")]


def test_incomplete_entries_of_equal_coverage_come_by_value():
    assert ranks(RankedResult("a", 2, 0.5), RankedResult("b", 1, 0.5)) == [(1, "b"), (2, "a")]


def test_a_missing_metric_comes_last_whatever_its_coverage():
    entries = [
        RankedResult("none", None),
        RankedResult("poor", 9.0, 0.1),
        RankedResult("nothing", None, 0.0),
    ]
    assert ranks(*entries) == [(1, "poor"), (2, "none"), (3, "nothing")]


def beats(a, b):
    """Say it again, in the words of the rule, for a metric whose lowest value is best."""
    if a.value is None or b.value is None:
        return b.value is None and (a.value is not None or a.coverage > b.coverage)
    if a.coverage != b.coverage:
        return a.coverage > b.coverage
    return a.value < b.value


@given(ENTRIES)
def test_a_rank_is_one_more_than_the_entries_that_are_better(entries):
    ranked = rank(entries, best=Best.LOWEST)
    assert sorted(map(repr, (one.entry for one in ranked))) == sorted(map(repr, entries))
    for one in ranked:
        assert one.rank == 1 + sum(beats(other, one.entry) for other in entries)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_change_their_ranks(entries, random):
    shuffled = random.sample(entries, len(entries))
    before, after = (rank(one, best=Best.LOWEST) for one in (entries, shuffled))
    assert sorted(map(repr, before)) == sorted(map(repr, after))


def test_no_entries_make_an_empty_board():
    assert rank([], best=Best.LOWEST) == []


@pytest.mark.parametrize("best", Best)
def test_zero_and_minus_zero_tie(best):
    assert [
        one.rank for one in rank([RankedResult("a", 0.0), RankedResult("b", -0.0)], best=best)
    ] == [1, 1]


def test_values_that_differ_in_their_last_digit_do_not_tie():
    nearly = math.nextafter(1.0, 2.0)
    assert ranks(RankedResult("a", nearly), RankedResult("b", 1.0)) == [(1, "b"), (2, "a")]


def test_an_entry_that_lacks_the_least_is_incomplete():
    nearly = math.nextafter(1.0, 0.0)
    assert ranks(RankedResult("a", 1.0, nearly), RankedResult("b", 9.0)) == [(1, "b"), (2, "a")]
