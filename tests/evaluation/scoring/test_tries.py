"""The 5 % of a table are shared among all pairs of runs, and nobody's tries cost others."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.comparisons import Thresholds, clear_level
from valhub.evaluation.scoring.losses import Losses
from valhub.evaluation.scoring.possible_ranks import Table
from valhub.evaluation.scoring.tries import Tries, count_tries, power_of_two, share_of

ALONE = st.lists(st.integers(1, 40), min_size=2, max_size=6)
SETS = st.lists(st.sets(st.integers(0, 6), min_size=1), min_size=2, max_size=5)


def counted(accounts):
    """Count accounts by their results; give the share of each result, too."""
    results = {at: len(found) for at, found in enumerate(accounts)}
    owners = {}
    for at, found in enumerate(accounts):
        for one in found:
            owners.setdefault(one, []).append(at)
    shared = {one: who for one, who in owners.items() if len(who) > 1}
    shares = {one: max(share_of(results[at]) for at in who) for one, who in owners.items()}
    return count_tries(results, shared), shares


@pytest.mark.parametrize(
    ("number", "power"), [(0, 1), (1, 1), (1.5, 2), (2, 2), (3, 4), (9, 16), (1000, 1024)]
)
def test_powers_of_two(number, power):
    assert power_of_two(number) == power


@pytest.mark.parametrize("runs", [0, 1, 2, 3, 5, 8, 50, 1000])
def test_equal_shares_count_as_so_many_runs(runs):
    tries = Tries.of_equals(runs)
    assert tries.family(1.0, 1.0) == tries.rivals(1.0, 1.0) == power_of_two(runs)
    assert count_tries(dict.fromkeys(range(runs), 1), {}) == tries
    assert Tries.of_equals(0).with_unknown(runs) == tries


@pytest.mark.parametrize("results", [2, 4, 16])
def test_accounts_with_equally_many_results_count_as_all_of_them(results):
    tries = count_tries(dict.fromkeys(range(4), results), {})
    share = share_of(results)
    assert tries.runs == tries.family(share, share) == tries.rivals(share, share) == 4 * results


@given(SETS)
def test_all_pairs_of_results_err_in_five_percent_at_most(accounts):
    tries, shares = counted(accounts)
    assert tries.runs == len(shares)
    levels = [2 * Thresholds(tries).clear(shares[a], shares[b]) for a, b in combinations(shares, 2)]
    assert sum(levels) <= 0.05 * (1 + 1e-12)
    for one in shares:
        others = [Thresholds(tries).maybe_best(shares[one], shares[b]) for b in shares if b != one]
        assert sum(others) <= 0.05 * (1 + 1e-12)


@given(ALONE, st.integers(1, 5000))
def test_an_account_s_tries_cost_a_pair_of_others_no_more_than_its_only_one(accounts, more):
    *others, last = accounts
    results = dict(enumerate(others))
    # The nearest to which any number of its tries can come is one whole share.
    whole = count_tries({**results, "last": 1}, {})
    tried = count_tries({**results, "last": last + more}, {})
    bound = Tries(0, whole.shares, whole.squares - 1)
    for one, other in combinations(map(share_of, others), 2):
        assert tried.family(one, other) <= bound.family(one, other)


@given(ALONE, st.integers(0, 5))
def test_one_more_try_never_makes_a_claim_about_its_own_entry_easier(accounts, at):
    at %= len(accounts)
    more = [count + (place == at) for place, count in enumerate(accounts)]
    before, after = (count_tries(dict(enumerate(one)), {}) for one in (accounts, more))
    for other in (place for place in range(len(accounts)) if place != at):
        old = before.family(share_of(accounts[at]), share_of(accounts[other]))
        new = after.family(share_of(more[at]), share_of(more[other]))
        assert new >= old


def test_a_result_that_several_have_counts_once_with_their_largest_share():
    tries, shares = counted([{0}, {0, 1}, {0, 2, 3}])
    assert shares == {0: 1.0, 1: 0.5, 2: 0.25, 3: 0.25}
    assert tries == Tries(4, 2.0, 1.0 + 0.25 + 2 * 0.0625)


def table(shares, wins):
    """One run that is better on so many of 20 systems than all others; these differ on all."""
    best = np.array([0.0] * wins + [1.5] * (20 - wins))
    rows = np.vstack([best, *[np.full(20, 1.0 + at / 10) for at in range(len(shares) - 1)]])
    tries = count_tries({at: round(1 / share) for at, share in enumerate(shares)}, {})
    losses = Losses(rows, np.zeros(rows.shape, dtype=np.int64), 20)
    return Table(list(range(1, len(shares) + 1)), losses, Thresholds(tries), shares)


@pytest.mark.parametrize(
    ("shares", "high", "low"),
    [
        ([1.0, 1.0, 1.0], 1, [1, 2, 3]),
        ([1.0, 1 / 1024, 1.0], 2, [1, 1, 3]),
        ([1.0, 1.0, 1 / 1024], 2, [1, 2, 2]),
        ([1 / 1024, 1.0, 1.0], 3, [1, 1, 2]),
    ],
)
def test_only_claims_about_the_entry_of_many_tries_take_more_wins(shares, high, low):
    found = table(shares, 17)
    assert found.possible_ranks(0).high == high
    assert [found.possible_ranks(at).low for at in range(3)] == low
    said = "on more beside an entry of many tries"
    assert (said in found.rule()) is (min(shares) < 1)
    assert "at least 17 of 20 systems" in found.rule()


def test_a_pair_is_held_to_the_level_of_its_own_two_shares():
    shares = [1.0, 0.25, 1 / 1024]
    found = table(shares, 17)
    for one, other in combinations(range(3), 2):
        expected = clear_level(found.thresholds.tries.family(shares[one], shares[other]))
        assert found.clear_level(one, other) == found.clear_level(other, one) == expected
    assert found.clear_level(0, 1) > found.clear_level(0, 2) > found.clear_level(1, 2)


def test_systems_that_order_the_entries_of_few_tries_alone_are_enough():
    rows = np.vstack([np.full(9, at) for at in (1.0, 2.0, 3.0)])
    losses = Losses(rows, np.zeros(rows.shape, dtype=np.int64), 9)
    tries = count_tries({0: 1, 1: 1, 2: 1000}, {})
    found = Table([1, 2, 3], losses, Thresholds(tries), [1.0, 1.0, 1 / 1024])
    assert found.why_unknown() == ""
    assert [found.possible_ranks(at).low for at in range(3)] == [1, 2, 1]
    few = Table([1, 2], Losses(rows[1:], losses.missing[1:], 9), found.thresholds, [1, 1 / 1024])
    assert few.why_unknown() == "9 systems cannot order 1,002 runs."


def test_the_squares_of_shared_and_own_results_are_exact() -> None:
    # Of 4 results each counts 1/4, of 2 each 1/2; the one that both have counts 1/2 once.
    tries = count_tries({"a": 4, "b": 2}, {7: ["a", "b"], 8: ["a"]})
    assert tries == Tries(runs=5, shares=0.5 + 0.25 + 2 * 0.25 + 0.5, squares=0.25 + 3 / 16 + 0.25)
