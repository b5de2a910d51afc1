"""The order of files: another one in each run, and a much longer file never waits for a shorter."""

from random import Random, SystemRandom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.file_order import longest_first


def drawn(sizes: list[int], chance: Random | None = None) -> list[int]:
    """Positions of files of these sizes, in the order of one run."""
    return longest_first(range(len(sizes)), sizes.__getitem__, chance or SystemRandom())


@given(st.lists(st.integers(0, 10**9), max_size=40))
def test_a_file_of_twice_the_size_comes_first(sizes: list[int]) -> None:
    order = drawn(sizes)
    assert sorted(order) == list(range(len(sizes)))
    for place, earlier in enumerate(order):
        assert all(sizes[later] <= 2 * sizes[earlier] for later in order[place + 1 :])


@pytest.mark.parametrize("sizes", [[1000] * 20, [0] * 20, list(range(1000, 1900, 45))])
def test_files_of_alike_size_come_in_another_order_in_each_run(sizes: list[int]) -> None:
    orders = [drawn(sizes) for _ in range(20)]
    by_size = sorted(range(len(sizes)), key=lambda one: -sizes[one])
    assert len(set(map(tuple, orders))) == 20
    assert list(range(len(sizes))) not in orders
    assert by_size not in orders or len(set(sizes)) == 1


@pytest.mark.parametrize("place", range(4))
def test_no_place_belongs_to_a_file(place: int) -> None:
    found = {drawn([100] * 4)[place] for _ in range(200)}
    assert found == {0, 1, 2, 3}


def test_the_order_is_the_draws_alone() -> None:
    sizes = [7, 8, 9, 10, 11]
    assert drawn(sizes, Random(1)) == drawn(sizes, Random(1))
    assert drawn(sizes, Random(1)) != drawn(sizes, Random(2))
