import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from valhub.client.report.decimation import MAX_POINTS, Thinned, thin, without_runs


def test_a_short_series_is_kept_whole() -> None:
    kept = thin(np.arange(10.0), np.arange(10.0))
    np.testing.assert_array_equal(kept.values, np.arange(10.0))
    assert kept.starts.tolist() == [True] + [False] * 9


@given(st.integers(0, 2**32 - 1))
def test_a_long_series_keeps_its_peaks_in_few_points(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=20_000)
    kept = thin(np.arange(20_000.0), values)
    assert kept.places.size <= MAX_POINTS
    assert (kept.values.min(), kept.values.max()) == (values.min(), values.max())
    assert (np.diff(kept.places) > 0).all()


def test_every_stretch_keeps_its_own_extremes() -> None:
    places = np.arange(40_000.0)
    values = np.zeros(40_000)
    values[[123, 20_001, 39_000]] = [7.0, -5.0, 3.0]
    assert {7.0, -5.0, 3.0} <= set(thin(places, values).values)


def test_missing_values_break_the_line() -> None:
    values = np.arange(10.0)
    values[4:6] = np.nan
    kept = thin(np.arange(10.0), values)
    assert kept.places[kept.starts].tolist() == [0.0, 6.0]


def test_a_gap_breaks_the_line_of_a_long_series_too() -> None:
    values = np.ones(40_000)
    values[10_000:15_000] = np.nan
    kept = thin(np.arange(40_000.0), values)
    assert kept.places[kept.starts].tolist() == [0.0, 15_000.0]


def test_nothing_finite_leaves_nothing() -> None:
    assert thin(np.arange(5.0), np.full(5, np.nan)).places.size == 0


def test_runs_shrink_to_their_ends_and_gaps_stay() -> None:
    values = np.array([0.0, 0, 0, 0, 5, 5, 5, 5, 5])
    starts = np.array([True, False, False, False, False, False, True, False, False])
    kept = without_runs(Thinned(np.arange(9.0), values, starts))
    assert kept.places.tolist() == [0, 3, 4, 5, 6, 8]
    assert kept.places[kept.starts].tolist() == [0, 6]
