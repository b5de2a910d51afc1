"""Series on a declared grid: the same as pandas' `asfreq` where that can be said, and beyond."""

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data, prepare
from valhub.evaluation.packages.tasks.grids import Grid, grid_of, on_grid, truth_on_grid

TABLE = "data/file_metadata.csv"
ROWS = "system_id,file_name,timezone,data_sampling_frequency\n4,a.csv,{},{}\n"


def series(stamps, values=None, zone=None):
    index = pd.DatetimeIndex(stamps, name="time")
    index = index if zone is None else index.tz_localize(zone)
    return pd.Series(range(len(index)) if values is None else values, index, name="power")


def gridded(data, minutes=15):
    return on_grid(data, Grid.of(pd.DatetimeIndex(data.index), minutes))


@pytest.mark.parametrize("zone", [None, "UTC", "America/Denver", "Etc/GMT+7"])
@pytest.mark.parametrize("start", ["2024-03-10 00:00", "2024-11-02 23:07", "2024-06-01 00:00:30"])
@pytest.mark.parametrize("minutes", [1, 15, 60])
def test_times_on_the_grid_give_what_asfreq_gives(zone, start, minutes):
    index = pd.date_range(start, periods=200, freq=f"{minutes}min", tz=zone, name="time")
    kept = np.random.default_rng(5).random(200) > 0.3
    kept[[0, -1]] = True
    data = pd.Series(np.arange(200.0)[kept], index[kept], name="power")
    expected = data.asfreq(f"{minutes}min")
    pd.testing.assert_series_equal(gridded(data, minutes), expected, check_freq=False)


@pytest.mark.parametrize(
    ("stamps", "values"),
    [
        (["00:00:00", "00:15:04", "00:29:50"], [0, 1, 2]),
        (["00:00:00", "00:15:00", "00:22:30"], [0, 1]),  # Halfway: to the earlier point, and last.
        (["00:00:00", "00:22:29", "00:30:00"], [0, 1, 2]),
        (["00:00:00", "00:16:00", "00:14:30", "00:30:00"], [0, 2, 3]),  # The nearest stays.
        (["00:00:00", "00:14:00", "00:16:00", "00:30:00"], [0, 1, 3]),  # Of two, the first stays.
        (["00:30:00", "00:00:00", "00:15:00"], [1, 2, 0]),
        (["00:00:00", "00:15:00", "00:15:00", "00:30:00"], [0, 1, 3]),
        (["00:00:00", "00:45:00"], [0, np.nan, np.nan, 1]),
        (["00:00:00"], [0]),
        # The first is late by three seconds, which does not move the grid.
        (["00:00:03", "00:15:00", "00:30:00"], [0, 1, 2]),
    ],
)
def test_every_row_goes_to_the_nearest_point(stamps, values):
    result = gridded(series([f"2024-01-01 {stamp}" for stamp in stamps]))
    expected = pd.date_range("2024-01-01", periods=len(values), freq="15min", name="time")
    assert list(result.index) == list(expected)
    np.testing.assert_equal(result.to_numpy(dtype=float), values)


def test_gaps_of_every_type_are_missing():
    index = pd.DatetimeIndex(["2024-01-01", "2024-01-01 00:30"])
    columns = {"whole": [1, 2], "yes": [True, False], "word": ["a", "b"], "real": [0.5, 1.5]}
    result = gridded(pd.DataFrame(columns, index))
    assert result["word"].tolist() == ["a", None, "b"]
    np.testing.assert_equal(result["yes"].to_numpy(), [1.0, np.nan, 0.0])
    np.testing.assert_equal(
        result[["whole", "real"]].to_numpy(), [[1, 0.5], [np.nan] * 2, [2, 1.5]]
    )
    assert wire.read_value(wire_bytes(result)).shape == (3, 4)


def wire_bytes(value):
    import io

    stream = io.BytesIO()
    wire.write_value(stream, value)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("minutes", "problem"),
    [(None, "no data_sampling_frequency"), (0, "no data_sampling_frequency"), (1e-6, "at most")],
)
def test_a_step_that_gives_no_grid_is_a_fault(minutes, problem):
    faults = FaultList("task")
    data = series(["2024-01-01", "2024-01-02"])
    assert grid_of(data, minutes, file="data/files/a.csv", faults=faults) is None
    with pytest.raises(Exception, match=problem):
        faults.raise_if_any()


@pytest.mark.parametrize(
    ("data_zone", "truth_zone", "zone"),
    [
        (None, None, None),
        ("Etc/GMT+7", None, "Etc/GMT+7"),
        ("UTC", None, "Asia/Kathmandu"),
        (None, "UTC", "Asia/Kathmandu"),
        ("UTC", "Etc/GMT+7", None),
    ],
)
def test_a_truth_moves_to_the_points_of_its_data(data_zone, truth_zone, zone):
    exact = pd.date_range("2024-01-01 06:00", periods=4, freq="60min", tz=data_zone)
    like = exact + pd.to_timedelta([0, 20, -20, 0], "s")
    wanted = in_zone(exact, zone, truth_zone)
    truth = pd.Series([1.0, 2.0, 3.0, 4.0], wanted + pd.to_timedelta([5, 0, 0, -5], "s"))
    faults = FaultList("task")
    moved = truth_on_grid(
        truth, Grid.of(like, 60), like=like, zone=zone, file="data/references/a.csv", faults=faults
    )
    assert not faults
    assert list(moved.index) == list(wanted)
    assert moved.tolist() == truth.tolist()


def in_zone(index, zone, other):
    if (index.tz is None) == (other is None):
        return index if other is None else index.tz_convert(other)
    if other is None:
        return index.tz_convert(zone).tz_localize(None)
    return index.tz_localize(zone).tz_convert(other)


def make_gridded(make_task, truth, *, zone="UTC", minutes="15", **config):
    rows = "2024-01-01 06:00:02,1\n2024-01-01 06:14:58,2\n2024-01-01 06:45:00,4\n"
    files = {
        TABLE: ROWS.format(zone, minutes),
        "data/files/a.csv": f"time,power\n{rows}",
        "data/references/a.csv": f"time,shift\n{truth}",
        "data/files/b.csv": None,
        "data/references/b.csv": None,
    }
    return open_package(make_task(files, regularise=True, **config))


def test_data_and_truth_of_a_package_share_the_grid(make_task, tmp_path):
    truth = "2024-01-01 06:00:00,0\n2024-01-01 06:15:00,0\n2024-01-01 06:45:00,1\n"
    package = make_gridded(make_task, truth)
    assert check_data(package) == []
    dataset = prepare(package, tmp_path / "store", wire.write_value)
    data, of_truth = (
        wire.read_value(path.read_bytes())
        for path in (dataset.input_path("a.csv"), dataset.truth_path("a.csv"))
    )
    step = pd.Timedelta(minutes=15)
    assert list(data.index) == [data.index[0] + i * step for i in range(4)]
    np.testing.assert_equal(data.to_numpy(), [1, 2, np.nan, 4])
    assert list(of_truth.index) == [data.index[i] for i in (0, 1, 3)]


def test_a_daily_truth_keeps_its_dates(make_task, tmp_path):
    package = make_gridded(make_task, "2024-01-01,60\n")
    dataset = prepare(package, tmp_path / "store", wire.write_value)
    truth = wire.read_value(dataset.truth_path("a.csv").read_bytes())
    assert list(truth.index) == [pd.Timestamp("2024-01-01")]


@pytest.mark.parametrize(
    ("truth", "minutes", "problem"),
    [
        ("2024-01-01 06:01:00,0\n2024-01-01 06:02:00,1\n", "15", "share their step"),
        ("2024-01-01 06:00:00,0\n", "", "no data_sampling_frequency"),
    ],
)
def test_a_grid_that_cannot_be_is_a_fault_of_check(make_task, faults_of, truth, minutes, problem):
    package = make_gridded(make_task, truth, minutes=minutes)
    (fault,) = faults_of(lambda: check_data(package))
    assert problem in fault.problem


@pytest.mark.parametrize("tz", [None, "UTC"])
def test_seconds_that_differ_in_every_row_do_not_move_the_grid(tz):
    exact = pd.date_range("2024-06-01", periods=96, freq="15min", tz=tz)
    noisy = exact + pd.to_timedelta([97 * row % 400 - 200 for row in range(96)], unit="s")
    frame = pd.Series(range(96), noisy)
    placed = on_grid(frame, Grid.of(noisy, 15))
    assert placed.index.equals(exact)
    assert placed.tolist() == frame.tolist()
