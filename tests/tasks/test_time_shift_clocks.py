"""What a logger writes with a clock that jumps, on series small enough to read."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

TASK = Path(__file__).parents[2] / "tasks/time-shift-detection"


@pytest.fixture(scope="module")
def clocks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("time_shift_clocks", TASK / "clocks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def three_days() -> pd.Series:
    times = pd.date_range("2012-01-01", "2012-01-04", freq="15min", inclusive="left")
    return pd.Series(np.arange(len(times), dtype="float64"), times, name="ac_power")


def jump(clocks: ModuleType, before: int, after: int, at: str = "2012-01-02 02:00") -> object:
    return clocks.Clock(pd.DatetimeIndex(["1970-01-01", at]), (before, after))


def test_the_right_clock_changes_nothing(clocks, three_days):
    written = clocks.logged(three_days, clocks.constant_clock(0), 15)
    pd.testing.assert_series_equal(written, three_days, check_names=False, check_freq=False)


def test_a_clock_that_is_ahead_writes_later_stamps_and_loses_the_broken_day(clocks, three_days):
    written = clocks.logged(three_days, clocks.constant_clock(60), 15)
    assert written.index[0] == pd.Timestamp("2012-01-02")
    assert written.iloc[0] == three_days["2012-01-01 23:00"]
    assert written.index[-1] == pd.Timestamp("2012-01-03 23:45")


def test_a_jump_ahead_leaves_stamps_out(clocks, three_days):
    written = clocks.logged(three_days, jump(clocks, 0, 60), 15)
    gap = written.loc["2012-01-02 01:45":"2012-01-02 03:00"]
    assert list(gap.index.strftime("%H:%M")) == ["01:45", "03:00"]


def test_a_jump_back_writes_stamps_twice_in_the_order_of_logging(clocks, three_days):
    written = clocks.logged(three_days, jump(clocks, 0, -60), 15)
    around = written[written.index.normalize() == "2012-01-02"].iloc[4:16]
    minutes = ["00", "15", "30", "45"]
    assert list(around.index.strftime("%H:%M")) == [f"01:{m}" for m in minutes] * 2 + [
        f"02:{m}" for m in minutes
    ]
    assert around.is_monotonic_increasing


def test_two_passes_of_an_interval_are_not_averaged_together(clocks, three_days):
    written = clocks.logged(three_days, jump(clocks, 0, -60), 60)
    once, again = written["2012-01-02 01:00"]
    assert once == three_days["2012-01-02 01:00":"2012-01-02 01:45"].mean()
    assert again == three_days["2012-01-02 02:00":"2012-01-02 02:45"].mean()


def test_an_interval_is_the_mean_of_what_was_recorded_and_nan_without_any(clocks, three_days):
    three_days["2012-01-01 00:00":"2012-01-01 00:45"] = np.nan
    three_days["2012-01-01 01:15"] = np.nan
    written = clocks.logged(three_days, clocks.constant_clock(0), 60)
    assert np.isnan(written["2012-01-01 00:00"])
    assert written["2012-01-01 01:00"] == pytest.approx((4 + 6 + 7) / 3, abs=5e-4)


def test_the_truth_is_what_to_add_at_the_days_noon(clocks):
    days = pd.date_range("2012-01-01", periods=3)
    truth = clocks.truth(days, jump(clocks, 0, 60))
    assert list(truth) == [0, -60, -60]


def test_a_zone_clock_follows_the_zones_changeovers(clocks):
    days = pd.date_range("2012-01-01", "2012-12-31")
    clock = clocks.zone_clock(days, "America/Denver", "Etc/GMT+7")
    assert list(clock.changes[1:]) == [
        pd.Timestamp("2012-03-11 02:00"),
        pd.Timestamp("2012-11-04 01:00"),
    ]
    assert clock.offsets_minutes == (0, 60, 0)


@pytest.mark.parametrize(
    ("keep_before", "changes"),
    [(True, ["2012-03-11 02:00", "2012-07-01"]), (False, ["2012-07-01", "2012-11-04 01:00"])],
)
def test_an_interrupted_clock_is_right_on_the_other_side(clocks, keep_before, changes):
    days = pd.date_range("2012-01-01", "2012-12-31")
    clock = clocks.zone_clock(days, "America/Denver", "Etc/GMT+7")
    cut = clocks.interrupted(clock, pd.Timestamp("2012-07-01"), keep_before=keep_before)
    assert list(cut.changes[1:]) == [pd.Timestamp(change) for change in changes]
    assert cut.offsets_minutes == (0, 60, 0)


@pytest.mark.parametrize("seed", range(20))
def test_random_clocks_keep_each_setting_for_thirty_days(clocks, seed):
    days = pd.date_range("2012-01-01", periods=104)
    clock = clocks.random_clock(days, 2, np.random.default_rng(seed))
    settings = pd.DatetimeIndex([days[0], *clock.changes[1:], days[-1] + pd.Timedelta(days=1)])
    assert np.diff(settings).min() >= np.timedelta64(30, "D")
    assert all(
        a != b for a, b in zip(clock.offsets_minutes, clock.offsets_minutes[1:], strict=False)
    )
