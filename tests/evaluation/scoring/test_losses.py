"""Losses as bytes: what is stored is what was compared, and alike runs have one digest."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.results import Best
from valhub.evaluation.scoring.comparisons import Tally
from valhub.evaluation.scoring.losses import Losses, losses_of, unpack, without_noise

CELLS = st.floats(allow_nan=False, allow_infinity=False, width=64) | st.just(math.nan)


def drawn_losses(rows, missing):
    cells = np.array(rows, dtype=float)
    return Losses(cells, np.array(missing, dtype=np.int64).reshape(cells.shape), cells.shape[1] * 2)


@st.composite
def tables(draw):
    systems = draw(st.integers(1, 6))
    cells = st.lists(CELLS, min_size=systems, max_size=systems)
    counts = st.lists(st.integers(0, 3), min_size=systems, max_size=systems)
    rows = draw(st.lists(st.tuples(cells, counts), min_size=1, max_size=5))
    return drawn_losses([cells for cells, _ in rows], [counts for _, counts in rows])


@given(tables())
def test_what_is_packed_is_read_back_to_the_last_bit(losses):
    packed = losses.pack()
    read = unpack(packed)
    assert read.losses.tobytes() == losses.losses.tobytes()
    assert read.missing.tolist() == losses.missing.tolist()
    assert read.missing.dtype == np.int64
    assert (read.systems, read.files) == (losses.systems, losses.files)
    assert [one.digest for one in packed] == losses.digests() == read.digests()


def test_a_run_without_missing_files_takes_eight_bytes_a_system():
    [packed] = drawn_losses([[1.0, 2.0, 3.0]], [[0, 0, 0]]).pack()
    assert (len(packed.losses), packed.missing, packed.systems, packed.files) == (24, b"", 3, 6)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (([0.0, 1.0], [0, 0]), ([-0.0, 1.0], [0, 0]), True),
        (([math.nan, 1.0], [2, 0]), ([math.nan, 1.0], [2, 0]), True),
        (([math.nan, 1.0], [2, 0]), ([math.nan, 1.0], [1, 0]), False),
        (([0.0, 1.0], [0, 0]), ([1.0, 0.0], [0, 0]), False),
        (([1.0, 1.0], [0, 0]), ([1.0, np.nextafter(1.0, 2)], [0, 0]), False),
    ],
)
def test_runs_have_one_digest_when_they_are_alike_on_every_system(one, other, alike):
    found = drawn_losses([one[0], other[0]], [one[1], other[1]])
    assert (found.distinct() == 1) is alike
    assert all(-(2**63) <= digest < 2**63 for digest in found.digests())


def test_digests_outlive_the_code_that_stored_them():
    rows = drawn_losses([[0.5, 2.0], [math.nan, 2.0], [-0.0, 2.0]], [[0, 0], [2, 0], [0, 1]])
    assert rows.digests() == [
        5330009077724637402,
        6173860436405615984,
        -5685462629326894730,
    ]


def test_runs_without_any_score_do_not_count():
    rows = [[1.0, 2.0], [math.nan, math.nan], [math.nan, 2.0]]
    assert drawn_losses(rows, [[0, 0], [2, 2], [2, 0]]).distinct() == 2


def test_an_unknown_run_ties_with_every_other():
    known = drawn_losses([[1.0, 2.0], [math.nan, 3.0]], [[0, 0], [2, 0]]).pack()
    read = unpack([known[0], None, known[1]])
    for place in range(3):
        one = Losses(read.losses[place : place + 1], read.missing[place : place + 1], 4)
        tally = Tally.of(one, read)
        assert (tally.won[1], tally.lost[1]) == (0, 0) or place == 2
    assert np.isnan(read.losses[1]).all()
    assert read.missing[1].tolist() == [0, 0]


@pytest.mark.parametrize("scale", [1e-300, 1e300])
@pytest.mark.parametrize("operation", ["mean", "median", "p95", "std"])
def test_very_small_and_very_large_errors_warn_of_nothing(scale, operation):
    files = {f"{system}-{file}": system for system in range(3) for file in range(4)}
    run = {name: scale * (number + 1) for number, name in enumerate(files)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = losses_of([run, {}], files, operation=operation, best=Best.ZERO)
        assert found.distinct() == 1
    assert np.isfinite(found.losses[0]).all()
    assert found.missing[1].tolist() == [4, 4, 4]


def test_the_largest_numbers_are_not_rounded_to_infinity():
    largest = np.finfo(float).max
    assert without_noise(np.array([largest, -largest])).tolist() == [largest, -largest]


@given(st.lists(CELLS, min_size=2, max_size=8))
def test_noise_is_left_out_and_the_order_kept(cells):
    values = np.array(cells)
    found = without_noise(values)
    assert found.tobytes() == without_noise(found).tobytes()
    known = ~np.isnan(values)
    assert (np.isnan(found) == ~known).all()
    assert np.isfinite(found[known]).all()
    one, other = values[known][:, None], values[known][None, :]
    assert not ((one < other) & (found[known][:, None] > found[known][None, :])).any()
    # The smallest normal float and beyond: those below it have fewer digits.
    normal = known & (np.abs(values) >= np.finfo(float).tiny)
    assert np.allclose(found[normal], values[normal], rtol=5e-7, atol=0)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (0.1 + 0.2, 0.3, True),
        (1.0, 1.0 + 1e-7, True),
        (-2.0, -2.0 - 1e-7, True),
        (1.0, 1.0 + 2e-6, False),
        (1e-300, 2e-300, False),
        (0.0, 1e-9, False),
    ],
)
def test_runs_that_differ_by_noise_alone_have_one_result(one, other, alike):
    runs = [{"a": one, "b": 5.0}, {"a": other, "b": 5.0}]
    found = losses_of(runs, {"a": 1, "b": 2}, operation="mean", best=Best.LOWEST)
    assert (found.distinct() == 1) is alike
    tally = Tally.of(Losses(found.losses[:1], found.missing[:1], 2), found)
    assert (int(tally.won[1] + tally.lost[1]) == 0) is alike
