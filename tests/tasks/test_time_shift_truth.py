"""The truth of the time-shift task, worked out again from the source and by other means."""

from datetime import datetime, timedelta
from importlib.metadata import distribution
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from pvlib.solarposition import sun_rise_set_transit_spa

DENVER = ZoneInfo("America/Denver")
CHANGEOVERS = ["2011-11-06", "2012-03-11", "2012-11-04", "2013-03-10", "2013-11-03"]


def daylight_saving_minutes(day: pd.Timestamp) -> int:
    saving = datetime(day.year, day.month, day.day, 12, tzinfo=DENVER).dst() or timedelta()
    return int(saving / timedelta(minutes=1))


def minutes_after_solar_noon(power: pd.Series, sampling_minutes: int) -> pd.Series:
    """Minutes by which the middle of each day's production is later than solar noon."""
    producing = power.index[power > 0.003 * power.quantile(0.995)]
    days = producing.normalize()
    minutes = pd.Series((producing - days) / pd.Timedelta(minutes=1), days).groupby(level=0)
    middle = (minutes.min() + minutes.max() + sampling_minutes) / 2
    noon = (middle.index + pd.Timedelta(hours=12)).tz_localize("Etc/GMT+7")
    transit = sun_rise_set_transit_spa(noon, 39.742, -105.1727)["transit"]
    wall_clock = pd.DatetimeIndex(transit).tz_localize(None)
    return middle - (wall_clock - middle.index) / pd.Timedelta(minutes=1)


def step_at(deviation: pd.Series, day: str) -> float:
    """Change of the median from the three weeks before a day to the three weeks from it on."""
    at, weeks = pd.Timestamp(day), pd.Timedelta(days=21)
    before = deviation[(deviation.index >= at - weeks) & (deviation.index < at)]
    after = deviation[(deviation.index >= at) & (deviation.index < at + weeks)]
    return float(after.median() - before.median())


@pytest.fixture(scope="session")
def source() -> pd.Series:
    """System 50 as it comes: stamps that say UTC-7 but follow daylight saving."""
    path = distribution("pvanalytics").locate_file(
        "pvanalytics/data/system_50_ac_power_2_full_DST.parquet"
    )
    table = pd.read_parquet(str(path))
    stamps = pd.DatetimeIndex(table["measured_on"]).tz_localize(None).as_unit("ns")
    return pd.Series(table["ac_power_2"].to_numpy("float64"), stamps)


@pytest.fixture(scope="session")
def standard_time_power(source) -> pd.Series:
    """The source's daytime in standard time, daylight saving undone day by day."""
    daytime = source[(source.index.hour >= 6) & (source.index.hour < 21)]
    days = daytime.index.normalize()
    saving = {day: daylight_saving_minutes(day) for day in days.unique()}
    shift = np.array([saving[day] for day in days], dtype="timedelta64[m]")
    return daytime.set_axis(daytime.index - shift)


@pytest.mark.parametrize("day", CHANGEOVERS)
def test_the_source_follows_daylight_saving(source, day):
    assert abs(step_at(minutes_after_solar_noon(source, 15), day)) > 45


@pytest.mark.parametrize("day", CHANGEOVERS)
def test_no_changeover_is_left_in_an_unshifted_file(time_shift_task, day):
    (name,) = time_shift_task.names(issue="none", length="2.7 years")
    assert abs(step_at(minutes_after_solar_noon(time_shift_task.power(name), 15), day)) < 10


def test_unshifted_files_stay_within_minutes_of_solar_noon(time_shift_task):
    for name in time_shift_task.names(issue="none"):
        sampling = time_shift_task.files.loc[name, "data_sampling_frequency"]
        deviation = minutes_after_solar_noon(time_shift_task.power(name), sampling)
        assert abs(deviation.median()) < 8


def test_data_with_daylight_saving_really_are_an_hour_late_in_summer(time_shift_task):
    for name in time_shift_task.names(issue="full DST"):
        sampling = time_shift_task.files.loc[name, "data_sampling_frequency"]
        deviation = minutes_after_solar_noon(time_shift_task.power(name), sampling)
        truth = time_shift_task.truth(name).reindex(deviation.index)
        late = deviation[truth == -60].median() - deviation[truth == 0].median()
        assert 50 < late < 70


def test_adding_the_truth_gives_the_source_back_in_standard_time(
    time_shift_task, standard_time_power
):
    for name in time_shift_task.names(system_id=50, data_sampling_frequency=15):
        power = time_shift_task.power(name).between_time("10:00", "14:45")
        to_add = time_shift_task.truth(name).reindex(power.index.normalize()).to_numpy()
        restored = power.index + to_add.astype("timedelta64[m]")
        expected = standard_time_power.reindex(restored).to_numpy()
        np.testing.assert_allclose(power.to_numpy(), expected, atol=6e-4)


def test_coarser_files_are_means_by_the_loggers_own_clock(time_shift_task, standard_time_power):
    for name in time_shift_task.names(system_id=50, data_sampling_frequency=60):
        power = time_shift_task.power(name).between_time("10:00", "13:00")
        to_add = time_shift_task.truth(name).reindex(power.index.normalize()).to_numpy()
        starts = power.index + to_add.astype("timedelta64[m]")
        quarters = [
            standard_time_power.reindex(starts + pd.Timedelta(minutes=15 * quarter)).to_numpy()
            for quarter in range(4)
        ]
        expected = pd.DataFrame(quarters).mean().to_numpy()
        np.testing.assert_allclose(power.to_numpy(), expected, atol=2e-3)


def test_unshifted_files_have_nothing_to_add(time_shift_task):
    for name in time_shift_task.names(issue="none"):
        assert (time_shift_task.truth(name) == 0).all()


def test_a_wrong_time_zone_is_one_constant_that_undoes_its_zone(time_shift_task):
    for name in time_shift_task.names(issue="wrong time zone"):
        zone = ZoneInfo(time_shift_task.files.loc[name, "subissue"])
        offset = (datetime(2012, 1, 1, tzinfo=zone).utcoffset() or timedelta()) + timedelta(hours=7)
        assert (time_shift_task.truth(name) == -offset / timedelta(minutes=1)).all()
        assert offset


def test_full_daylight_saving_takes_an_hour_off_from_march_to_november(time_shift_task):
    for name in time_shift_task.names(issue="full DST"):
        truth = time_shift_task.truth(name)
        assert list(truth) == [-daylight_saving_minutes(day) for day in truth.index]
        assert set(truth) == {0, -60}


def test_partial_daylight_saving_holds_on_one_side_of_its_day_only(time_shift_task):
    for name in time_shift_task.names(issue="partial DST"):
        truth = time_shift_task.truth(name)
        side, _, day = time_shift_task.files.loc[name, "subissue"].partition(" ")
        followed = truth.index < day if side == "until" else truth.index >= day
        saving = np.array([daylight_saving_minutes(one) for one in truth.index])
        assert list(truth) == list(np.where(followed, -saving, 0))
        assert ((saving > 0) & followed).sum() >= 29
        assert ((saving > 0) & ~followed).sum() >= 29


def test_random_shifts_are_multiples_of_a_quarter_that_last_a_month(time_shift_task):
    for name in time_shift_task.names(issue="random shifts"):
        truth = time_shift_task.truth(name)
        periods = truth.groupby((truth.diff().fillna(0) != 0).cumsum()).agg(["first", "size"])
        changes = int(time_shift_task.files.loc[name, "subissue"].split()[0])
        assert len(periods) == changes + 1
        assert (truth % 15 == 0).all()
        assert truth.abs().between(0, 120).all()
        assert periods["size"].min() >= 29
