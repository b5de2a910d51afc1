"""A truth whose time stamps are not one moment, or date, in the file's zone is a fault."""

import pytest

from valhub.evaluation.packages.opening import open_package

TABLE, TRUTH = "data/file_metadata.csv", "data/references/b.csv"


@pytest.fixture
def times_in(make_task):
    """Make a task whose second file is in a zone and has these times in its reference."""

    def make(zone: str, *times: str, **config: str):
        table = f"system_id,file_name,timezone\n4,a.csv,UTC\n50,b.csv,{zone}\n"
        rows = "".join(f"{time},1\n" for time in times)
        files = {TABLE: table, TRUTH: "time,shift\n" + rows}
        return make_task(files, allowable_kwargs=[], **config)

    return make


TWICE = ("2024-11-03 00:30:00", "2024-11-03 01:30:00", "2024-11-03 02:30:00")
SKIPPED = ("2024-03-10 01:30:00", "2024-03-10 02:30:00", "2024-03-10 03:30:00")


@pytest.mark.parametrize(
    ("times", "problem"),
    [(TWICE, "America/Denver has this local time twice"), (SKIPPED, "has no such local time")],
)
def test_a_naive_time_that_its_zone_has_twice_or_not_at_all_is_a_fault(
    times_in, faults_of, times, problem
):
    (fault,) = faults_of(lambda: open_package(times_in("America/Denver", *times)))
    assert (fault.file, fault.line) == (TRUTH, 3)
    assert problem in fault.problem
    assert "set timezone to Etc/GMT+7" in fault.fix


def test_half_hours_of_standard_time_are_not_given_another_zones_name(times_in, faults_of):
    task = times_in("Australia/Adelaide", "2024-04-07 01:30:00", "2024-04-07 02:30:00")
    (fault,) = faults_of(lambda: open_package(task))
    assert "UTC offset" in fault.fix
    assert "Etc" not in fault.fix


@pytest.mark.parametrize("zone", ["Etc/GMT+7", "UTC", "Asia/Kolkata", ""])
def test_zones_whose_clocks_stay_have_every_time_once(times_in, zone):
    assert open_package(times_in(zone, *SKIPPED, *TWICE)).config.alignment == "timestamp"


def test_both_moments_of_a_time_can_be_written_with_their_offsets(times_in):
    task = times_in("America/Denver", "2024-11-03T01:30:00-06:00", "2024-11-03T01:30:00-07:00")
    assert open_package(task).config.alignment == "timestamp"


def test_a_date_whose_midnight_is_skipped_is_still_a_date(times_in):
    task = times_in("America/Sao_Paulo", "2018-11-03", "2018-11-04")
    assert open_package(task).config.alignment == "date"


@pytest.mark.parametrize("time", ["2024-01-31T00:00:00+10:00", "2024-01-30T13:00:00+00:00"])
def test_midnights_of_the_files_zone_are_dates_however_they_are_written(times_in, time):
    assert open_package(times_in("Australia/Sydney", time)).config.alignment == "date"


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("America/Denver", "2024-01-31T00:00:00Z"),
        ("Australia/Sydney", "2024-06-01T00:00:00+11:00"),
    ],
)
def test_midnights_of_another_date_in_the_files_zone_are_a_fault(times_in, faults_of, zone, time):
    (fault,) = faults_of(lambda: open_package(times_in(zone, time)))
    assert fault.file == TRUTH
    assert f"another date in {zone}" in fault.problem


def test_several_values_for_a_date_are_a_fault_when_answers_are_aligned_by_date(
    times_in, faults_of
):
    times = ("2024-01-31 06:00:00", "2024-01-31 18:00:00", "2024-02-01 06:00:00")
    (fault,) = faults_of(lambda: open_package(times_in("UTC", *times, alignment="date")))
    assert (fault.file, fault.line) == (TRUTH, 3)
    assert "has a value already" in fault.problem


@pytest.mark.parametrize("time", ["1690-01-01", "2250-01-01"])
def test_a_truth_centuries_away_is_a_fault_at_its_line(times_in, faults_of, time):
    (fault,) = faults_of(lambda: open_package(times_in("America/Denver", time)))
    assert (fault.file, fault.line) == (TRUTH, 2)
    assert "year" in fault.problem
