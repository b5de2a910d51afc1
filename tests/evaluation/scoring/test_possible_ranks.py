"""Possible ranks: what a table of runs can be sure of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.comparisons import Thresholds
from valhub.evaluation.scoring.losses import losses_of
from valhub.evaluation.scoring.possible_ranks import Table
from valhub.evaluation.scoring.ranking import RankedResult, rank
from valhub.evaluation.scoring.tries import Tries


def table_of(runs, systems, *, all_runs=None, best=Best.LOWEST):
    """Build a table as a board does: runs are rows of one value per system, None for a failure."""
    files = {str(number): number for number in range(systems)}
    named = [{str(at): value for at, value in enumerate(run) if value is not None} for run in runs]
    entries = [
        RankedResult(
            f"{number:03}",
            float(np.mean(list(values.values()))) if values else None,
            len(values) / systems,
        )
        for number, values in enumerate(named)
    ]
    placed = rank(entries, best=best)
    order = [int(one.entry.name) for one in placed]
    losses = losses_of([named[at] for at in order], files, operation="mean", best=best)
    count = losses.distinct() if all_runs is None else all_runs
    return order, Table([one.rank for one in placed], losses, Thresholds(Tries.of_equals(count)))


def test_six_systems_order_two_runs_and_five_do_not():
    _, table = table_of([[1.0] * 6, [2.0] * 6], 6)
    assert [table.possible_ranks(at).low for at in (0, 1)] == [1, 2]
    assert [table.possible_ranks(at).high for at in (0, 1)] == [1, 2]
    assert [table.possible_ranks(at).may_be_best for at in (0, 1)] == [True, False]
    _, table = table_of([[1.0] * 5, [2.0] * 5], 5)
    assert table.possible_ranks(0) is None
    assert table.why_unknown() == "5 systems cannot order 2 runs."


def test_the_rule_says_how_many_wins_are_needed():
    _, table = table_of([[1.0] * 20, [2.0] * 20, [3.0] * 20], 20)
    assert table.rule() == (
        "Among 3 runs, clearly ahead means better on at least 17 of 20 systems; where some tie, "
        "fewer can be enough."
    )
    two = table_of([[1.0] * 20, [2.0] * 20], 20)[1].rule()
    assert two.startswith(
        "Among 2 runs, clearly ahead means better on at least 15 of 20 systems; where some tie"
    )
    assert table_of([[1.0] * 20], 20)[1].rule() == ""
    assert table_of([[1.0] * 3, [2.0] * 3], 3)[1].rule() == ""


def test_one_system_orders_nothing():
    _, table = table_of([[1.0], [2.0]], 1)
    assert table.possible_ranks(0) is None
    assert "one system" in table.why_unknown()


@pytest.mark.parametrize(("wins", "clear"), [(14, False), (15, True)])
def test_fifteen_of_twenty_systems_order_two_runs(wins, clear):
    better = [0.0] * wins + [1.5] * (20 - wins)
    order, table = table_of([[1.0] * 20, better], 20)
    assert order == [1, 0]
    assert table.possible_ranks(0).high == (1 if clear else 2)
    assert table.possible_ranks(1).low == (2 if clear else 1)


def test_ties_are_out_of_the_count():
    _, table = table_of([[0.0] * 6 + [1.0] * 14, [1.0] * 20], 20)
    assert table.possible_ranks(0).high == 1


def test_more_tries_need_more_wins():
    runs = [[1.0] * 20, [0.0] * 17 + [1.5] * 3]
    assert table_of(runs, 20)[1].possible_ranks(0).high == 1
    assert table_of(runs, 20, all_runs=50)[1].possible_ranks(0).high == 2


def test_who_is_behind_on_the_board_is_never_clearly_ahead():
    """Better on 19 of 20 systems and unanswered on one: the board's order is not turned round."""
    order, table = table_of([[1.0] * 20, [0.0] * 19 + [None]], 20)
    assert order == [0, 1]
    assert table.possible_ranks(0).low == 1
    assert table.possible_ranks(0).high == 2
    assert table.possible_ranks(1).high == 2
    assert table.possible_ranks(0).may_be_best


def test_who_ties_on_the_board_is_neither_ahead_nor_behind():
    """Better on 19 of 20 systems, and by the last one as bad on average."""
    _, table = table_of([[1.0] * 20, [0.0] * 19 + [20.0]], 20)
    assert list(table.ranks) == [1, 1]
    for place in (0, 1):
        found = table.possible_ranks(place)
        assert (found.low, found.high, found.may_be_best) == (1, 2, True)


def test_a_run_that_is_not_clearly_worse_than_the_first_may_be_the_best():
    _, table = table_of([[1.0] * 20, [0.9] * 9 + [1.5] * 11], 20)
    assert [table.possible_ranks(place).may_be_best for place in (0, 1)] == [True, True]


def test_a_tally_counts_what_the_run_itself_has_left_unanswered():
    order, table = table_of([[9.0] * 6, [0.0] * 4 + [None, None]], 6)
    assert order == [0, 1]
    first, second = table.tally(0), table.tally(1)
    assert (first.won[1], first.lost[1]) == (2, 4)
    assert (second.won[0], second.lost[0]) == (4, 2)


def test_a_run_alone_is_first():
    _, table = table_of([[1.0, 2.0, 3.0]], 3)
    found = table.possible_ranks(0)
    assert (found.low, found.high, found.may_be_best) == (1, 1, True)


CELLS = st.none() | st.integers(0, 4).map(float)


@st.composite
def tables(draw):
    systems = draw(st.integers(2, 30))
    row = st.lists(CELLS, min_size=systems, max_size=systems)
    return draw(st.lists(row, min_size=1, max_size=8)), systems


@given(tables())
def test_the_own_rank_is_always_inside(drawn):
    runs, systems = drawn
    _, table = table_of(runs, systems)
    for at, own in enumerate(table.ranks):
        found = table.possible_ranks(at)
        if found is None:
            assert table.why_unknown()
            continue
        assert 1 <= found.low <= own <= found.high <= len(runs)
        assert found.may_be_best or found.low > 1 or own > 1


@given(tables(), st.data())
def test_failing_one_more_file_never_helps(drawn, data):
    runs, systems = drawn
    run = data.draw(st.integers(0, len(runs) - 1))
    answered = [at for at, value in enumerate(runs[run]) if value is not None]
    if not answered:
        return
    at = data.draw(st.sampled_from(answered))
    worse = [list(one) for one in runs]
    worse[run][at] = None
    # The number of runs is held: two that become alike count once, which is another effect.
    before, after = (table_of(one, systems, all_runs=len(runs)) for one in (runs, worse))
    old, new = (table.possible_ranks(order.index(run)) for order, table in (before, after))
    if old is not None:
        assert new.low >= old.low
        assert new.high >= old.high
        assert old.may_be_best or not new.may_be_best
