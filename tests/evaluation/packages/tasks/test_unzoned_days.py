"""A truth at local midnights needs its file's time zone, however its time stamps are written."""

import io

import pandas as pd
import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data

TABLE, TRUTH = "data/file_metadata.csv", "data/references/b.csv"
SUMMER = [("2024-03-30T00:00:00+01:00", 0), ("2024-03-31T00:00:00+01:00", 1)]
WINTER = [("2024-04-01T00:00:00+02:00", 2), ("2024-04-02T00:00:00+02:00", 3)]


@pytest.fixture
def task_of(make_task):
    """Make a task whose second file has this zone and these times in its reference."""

    def make(times, zone="", suffix="csv", **config):
        table = f"system_id,file_name,timezone\n4,a.csv,UTC\n50,b.csv,{zone}\n"
        frame = pd.DataFrame({"time": list(times), "shift": range(len(times))})
        buffer = io.BytesIO()
        if suffix == "csv":
            frame.to_csv(buffer, index=False)
        else:
            frame.to_parquet(buffer)
        files = {TABLE: table, TRUTH: None, TRUTH.replace("csv", suffix): buffer.getvalue()}
        return make_task(files, allowable_kwargs=[], **config)

    return make


def midnights(zone: str, first: str, days: int = 5) -> pd.DatetimeIndex:
    return pd.date_range(first, periods=days, freq="D", tz=zone)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("config", [{}, {"alignment": "date"}, {"alignment": "timestamp"}])
def test_offsets_of_a_truth_change_only_in_a_zone(task_of, faults_of, suffix, config):
    times = [time for time, _ in SUMMER + WINTER]
    (fault,) = faults_of(lambda: open_package(task_of(times, suffix=suffix, **config)))
    assert fault.file == TRUTH.replace("csv", suffix)
    assert '"2024-04-01T00:00:00+02:00" has another UTC offset' in fault.problem
    assert "timezone" in fault.fix


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_with_its_zone_the_same_truth_has_dates(task_of, suffix):
    times = [time for time, _ in SUMMER + WINTER]
    package = open_package(task_of(times, "Europe/Berlin", suffix))
    assert package.config.alignment == "date"


@pytest.mark.parametrize(
    ("zone", "first", "change"),
    [
        ("Europe/Berlin", "2024-03-29", "from 23:00 to 22:00"),
        ("Europe/London", "2024-10-25", "from 23:00 to 00:00"),
        ("Australia/Lord_Howe", "2024-04-05", "from 13:00 to 13:30"),
        ("America/Denver", "2024-11-01", "from 06:00 to 07:00"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_midnights_saved_in_utc_over_a_change_of_the_clocks_are_a_fault(
    task_of, faults_of, zone, first, change, suffix
):
    times = midnights(zone, first).tz_convert("UTC")
    (fault,) = faults_of(lambda: open_package(task_of(times, suffix=suffix)))
    assert change in fault.problem
    assert "timezone" in fault.fix


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-01-01", periods=400, freq="D", tz="UTC"),
        pd.date_range("2024-03-28", periods=200, freq="h", tz="UTC"),
        pd.DatetimeIndex(["2024-06-01 04:00Z", "2024-06-02 05:00Z", "2024-06-03 04:00Z"]),
        pd.to_datetime(["2024-06-01 04:00Z", "2024-06-02 04:10Z", "2024-06-03 04:20Z"]),
        pd.date_range("2024-03-28 22:00", periods=9, freq="D"),
    ],
    ids=["midnights", "hours", "three times", "sunrises", "no offset"],
)
def test_times_that_no_clock_change_makes_are_left_alone(task_of, times):
    assert not any("clocks" in note for note in open_package(task_of(times)).notes)


def test_one_value_a_day_in_utc_is_pointed_out(task_of):
    times = pd.date_range("2024-01-01 07:00", periods=9, freq="D", tz="UTC")
    notes = [note for note in open_package(task_of(times)).notes if TRUTH in note]
    assert len(notes) == 1
    assert "one value a day, at 07:00 (UTC). If these are local midnights, fill in" in notes[0]


def test_data_with_changing_offsets_needs_a_zone_in_a_scalar_task(make_scalar_task, faults_of):
    data = "time,power\n" + "".join(f"{time},{n}\n" for time, n in SUMMER + WINTER)
    table = "system_id,file_name\n4,a.csv\n50,b.csv\n"
    task = make_scalar_task({TABLE: table, "data/files/b.csv": data})
    (fault,) = faults_of(lambda: check_data(open_package(task)))
    assert (fault.file, fault.line) == ("data/files/b.csv", 4)
