"""A truth about another time than its data is found before anybody submits."""

import pandas as pd
import pytest

from valhub.evaluation.execution.guest.wire import write_value
from valhub.evaluation.packages.faults import FaultList, InvalidPackage
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data, prepare
from valhub.evaluation.packages.tasks.truth_overlap import check_overlap

DENVER = "America/Denver"


def compared(data, truth, zone=None, by="timestamp"):
    """Return the faults and the notes on two indexes."""
    faults = FaultList("package")
    notes = check_overlap(
        data, truth, zone=zone, by=by, file="data/references/a.csv", faults=faults
    )
    try:
        faults.raise_if_any()
    except InvalidPackage as error:
        return [fault.problem for fault in error.faults], notes
    return [], notes


def every(freq, start="2024-06-01", periods=96, tz=None):
    return pd.date_range(start, periods=periods, freq=freq, tz=tz)


@pytest.mark.parametrize(
    ("data", "truth", "zone"),
    [
        (every("15min"), every("15min"), None),
        (every("15min"), every("15min"), DENVER),
        (every("15min"), every("15min", tz=DENVER).tz_convert("UTC"), DENVER),
        (every("15min", tz=DENVER).tz_convert("UTC"), every("15min"), DENVER),
        (every("15min", tz="UTC"), every("15min", tz="UTC").tz_convert(DENVER), None),
        (every("15min"), every("h", periods=24), None),
        (every("15min"), every("15min", periods=40), None),
        (every("15min")[::-1].append(every("15min")), every("15min"), None),
        (every("5min"), every("15min", periods=32) + pd.Timedelta("5min"), None),
    ],
)
def test_a_truth_about_the_datas_time_is_sound(data, truth, zone):
    assert compared(data, truth, zone) == ([], [])


@pytest.mark.parametrize("by", ["date", "timestamp"])
@pytest.mark.parametrize("start", ["2023-06-01", "2025-06-01"])
def test_no_time_in_common_is_a_fault_that_shows_both(by, start):
    (problem,), notes = compared(every("h"), every("D", start, 5), by=by)
    assert "no time in common" in problem
    assert f"from {start} 00:00:00" in problem
    assert "from 2024-06-01 00:00:00" in problem
    assert notes == []


@pytest.mark.parametrize("by", ["date", "timestamp"])
@pytest.mark.parametrize("aware", ["data", "truth"])
def test_an_offset_on_one_side_of_a_file_without_a_zone_is_a_fault(by, aware):
    zoned = every("h", tz="UTC")
    data, truth = (zoned, every("h")) if aware == "data" else (every("h"), zoned)
    (problem,), _ = compared(data, truth, by=by)
    assert "the file has no timezone" in problem
    assert compared(data, truth, "UTC", by) == ([], [])


@pytest.mark.parametrize("by", ["date", "timestamp"])
def test_little_in_common_is_noted(by):
    problems, (note,) = compared(every("D", periods=10), every("D", "2024-06-08", 10), by=by)
    assert problems == []
    assert "only" in note


@pytest.mark.parametrize("days", [1, -1, 7])
def test_dates_outside_the_data_are_noted(days):
    wanted = every("D", periods=10) + pd.Timedelta(days=days)
    problems, (note,) = compared(every("h", periods=240), wanted, by="date")
    assert problems == []
    assert f"only {10 - abs(days)} of the truth's 10 values are inside" in note


@pytest.mark.parametrize("start", ["2024-03-01", "2024-10-20"])
def test_a_shift_over_a_change_of_the_clocks_is_noted(start):
    local = every("30min", start, 48 * 30, tz=DENVER).tz_localize(None)
    problems, (note,) = compared(local, local.unique().tz_localize("UTC"), DENVER)
    assert problems == []
    assert "h earlier than the data. Check that both are in the same time zone." in note
    assert "6 h" in note
    assert "7 h" in note


def test_a_local_truth_that_is_marked_as_utc_is_noted():
    problems, (note,) = compared(every("15min"), every("15min", tz="UTC"), DENVER)
    assert problems == []
    assert "begins and ends 6 h earlier than the data" in note


def test_a_finer_truth_is_noted():
    _, (note,) = compared(every("h"), every("15min"))
    assert "a value every 15 min, but the data only every 1 h" in note


def test_a_truth_between_the_datas_times_is_noted():
    _, (note,) = compared(every("15min"), every("15min") + pd.Timedelta("7min"))
    assert "None of the truth's time stamps" in note


def test_times_centuries_away_in_the_data_are_left_out():
    far = pd.DatetimeIndex(["1677-09-22", "2262-04-11"])
    assert compared(every("h").append(far), every("h"), DENVER) == ([], [])
    (problem,), _ = compared(far, every("h"), DENVER)
    assert "no time stamp from 1700 to 2199" in problem


def test_check_and_preparation_refuse_alike(make_task, tmp_path, faults_of):
    truth = "date,shift\n2019-01-01,0\n2019-01-02,60\n"
    package = open_package(make_task({"data/references/b.csv": truth}))
    faults = faults_of(lambda: check_data(package))
    assert [fault.file for fault in faults] == ["data/references/b.csv"]
    assert faults_of(lambda: prepare(package, tmp_path / "store", write_value)) == faults
