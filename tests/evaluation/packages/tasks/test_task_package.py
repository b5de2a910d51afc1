"""Task packages: what a sound one gives, and every fault of a broken one."""

import json
from pathlib import Path

import pandas as pd
import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.task_package import kwargs_for

BROKEN = Path(__file__).parent / "broken_task"
TABLE, SYSTEM_TABLE = "data/file_metadata.csv", "data/system_metadata.csv"


def test_sound_package_is_read(make_task):
    root = make_task()
    package = open_package(root)
    first, second = package.files
    assert (package.name, package.title) == ("time-shifts", "Time Shift Detection")
    assert (first.name, first.system_id, first.timezone) == ("a.csv", "4", "Etc/GMT+7")
    assert (first.on_leaderboard, second.on_leaderboard) == (True, False)
    assert first.path == root / "data/files/a.csv"
    assert first.reference_path == root / "data/references/a.csv"
    assert not first.public


def test_file_row_is_merged_over_its_system(make_task):
    table = "system_id,file_name,latitude,issue\n4,a.csv,40,x\n50,b.csv,,\n"
    first, second = open_package(make_task({TABLE: table}, allowable_kwargs=[])).files
    assert (first.metadata["latitude"], second.metadata["latitude"]) == (40, 39.742)
    assert (first.metadata["tracking"], second.metadata["issue"]) == (False, None)


def test_kwargs_come_in_the_declared_order_with_their_types(make_task):
    package = open_package(make_task(allowable_kwargs=["data_sampling_frequency", "latitude"]))
    kwargs = kwargs_for(package.config, package.files[1])
    assert list(kwargs.items()) == [("data_sampling_frequency", 60), ("latitude", 39.742)]


def test_leaderboard_column_may_be_left_out(make_task):
    table = "system_id,file_name,data_sampling_frequency\n4,a.csv,15\n50,b.csv,15\n"
    assert all(file.on_leaderboard for file in open_package(make_task({TABLE: table})).files)


def test_public_files_are_marked(make_task):
    table = "system_id,file_name,public,data_sampling_frequency\n4,a.csv,yes,1\n50,b.csv,,1\n"
    package = open_package(make_task({TABLE: table}))
    assert [file.public for file in package.files] == [True, False]


def test_system_ids_match_though_a_spreadsheet_made_them_floats(make_task):
    table = "system_id,file_name,data_sampling_frequency\n4.0,a.csv,15\n50.0,b.csv,15\n"
    assert [f.system_id for f in open_package(make_task({TABLE: table})).files] == ["4", "50"]


def test_tables_and_files_may_be_parquet(make_task):
    root = make_task(
        {
            TABLE: "system_id,file_name,data_sampling_frequency\n4,a.parquet,15\n50,b.csv,15\n",
            "data/files/a.csv": None,
            "data/references/a.csv": None,
        }
    )
    for table in (TABLE, SYSTEM_TABLE):
        pd.read_csv(root / table).to_parquet((root / table).with_suffix(".parquet"))
        (root / table).unlink()
    days = pd.Series([0, 60], pd.date_range("2024-01-01", periods=2), name="shift").to_frame()
    days.to_parquet(root / "data/files/a.parquet")
    days.to_parquet(root / "data/references/a.parquet")
    package = open_package(root)
    assert package.files[0].reference_path == root / "data/references/a.parquet"
    assert package.files[1].metadata["latitude"] == 39.742


@pytest.mark.parametrize(
    ("row", "alignment"), [("2024-01-02", "date"), ("2024-01-02 00:15:00", "timestamp")]
)
def test_alignment_follows_the_references(make_task, row, alignment):
    truth = f"time,shift\n2024-01-01 00:00:00,0\n{row},1\n"
    package = open_package(make_task({"data/references/b.csv": truth}))
    assert package.config.alignment == alignment


def test_sidecars_are_found_below_data(make_task):
    root = make_task({"data/weather.csv": "time,ghi\n2024-01-01,5\n"}, sidecars=["weather.csv"])
    assert open_package(root).sidecars == {"weather": root / "data/weather.csv"}


@pytest.mark.parametrize(
    ("sidecar", "problem"),
    [
        ("references/a.csv", "must not see"),
        ("./references/a.csv", "must not see"),
        ("file_metadata.csv", "must not see"),
        ("../config.json", "not the path"),
        ("../x.csv", "not the path"),
        ("/etc/passwd.csv", "not the path"),
        ("nothing.csv", "does not exist below data/"),
        ("my-weather.csv", "keyword"),
        ("latitude.csv", "keyword"),
    ],
)
def test_wrong_sidecars_are_refused(make_task, faults_of, sidecar, problem):
    extra = {"data/my-weather.csv": "", "data/latitude.csv": ""}
    (fault,) = faults_of(lambda: open_package(make_task(extra, sidecars=[sidecar])))
    assert problem in fault.problem


HEADER = "system_id,file_name,timezone,data_sampling_frequency,include_on_leaderboard\n"
GOOD = "50,b.csv,Etc/GMT+7,60,True\n"


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        ("9,a.csv,UTC,15,True", "system_id", 'no system "9"'),
        (",a.csv,UTC,15,True", "system_id", "is missing"),
        ("4,,UTC,15,True", "file_name", "is missing"),
        ("4,b.csv,UTC,15,True", "file_name", "appears twice"),
        ("4,../a.csv,UTC,15,True", "file_name", "not the name"),
        ("4,a.txt,UTC,15,True", "file_name", "not the name"),
        ("4,c.csv,UTC,15,True", "file_name", "is missing from data/files"),
        ("4,a.csv,America/Denvr,15,True", "timezone", "no time zone"),
        ("4,a.csv,../UTC,15,True", "timezone", "no time zone"),
        ("4,a.csv,UTC,often,True", "data_sampling_frequency", "not a number"),
        ("4,a.csv,UTC,-5,True", "data_sampling_frequency", "out of range"),
        ("4,a.csv,UTC,15,maybe", "include_on_leaderboard", "not a boolean"),
        ("4,a.csv,UTC,15", "", "4 fields, but the header has 5"),
    ],
)
def test_wrong_cells_of_the_file_table_are_told_with_their_line(
    make_task, faults_of, row, column, problem
):
    task = make_task({TABLE: HEADER + GOOD + row + "\n"})
    faults = [fault for fault in faults_of(lambda: open_package(task)) if fault.file == TABLE]
    assert [(fault.line, fault.column) for fault in faults] == [(3, column)]
    assert problem in faults[0].problem


@pytest.mark.parametrize(
    ("place", "column", "problem"),
    [
        ("91,-105", "latitude", "out of range"),
        ("39,-181", "longitude", "out of range"),
        ("north,-105", "latitude", "not a number"),
        ("inf,-105", "latitude", "not a number"),
        (",-105", "latitude", "is missing"),
        ("39,NaN", "longitude", "is missing"),
    ],
)
def test_wrong_places_of_systems_are_told(make_task, faults_of, place, column, problem):
    table = f"system_id,latitude,longitude\n4,39,-105\n50,{place}\n"
    (fault,) = faults_of(lambda: open_package(make_task({SYSTEM_TABLE: table})))
    assert (fault.file, fault.line, fault.column) == (SYSTEM_TABLE, 3, column)
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("files", "place", "problem"),
    [
        ({TABLE: None}, TABLE, "table is missing"),
        ({SYSTEM_TABLE: None}, SYSTEM_TABLE, "table is missing"),
        ({TABLE: ""}, TABLE, "is empty"),
        ({TABLE: "file_name\na.csv\n"}, TABLE, "column is missing"),
        ({SYSTEM_TABLE: "system_id,latitude\n4,1\n50,1\n"}, SYSTEM_TABLE, "column is missing"),
        ({TABLE: "system_id,file_name,file_name\n"}, TABLE, "appears twice"),
        ({TABLE: 'system_id,file_name\n4,"a.csv\n'}, TABLE, "is not closed"),
        ({TABLE: 'system_id,file_name\n4,"a".csv\n'}, TABLE, "malformed"),
        ({TABLE: b"system_id,file_name\n4,\xff\n"}, TABLE, "not UTF-8"),
        ({TABLE: "system_id,file_name\n"}, TABLE, "no rows"),
        ({SYSTEM_TABLE: "system_id,latitude,longitude\n4,1,1\n4,1,1\n"}, SYSTEM_TABLE, "twice"),
        ({"data/files/c.csv": "x"}, "data/files/c.csv", "has no row for this file"),
        ({"data/references/c.csv": "x"}, "data/references/c.csv", "has no row for this file"),
        ({"data/references/b.csv": None}, "data/references/b.csv", "has no reference"),
        ({"data/file_metadata.parquet": "x"}, TABLE, "exists both as CSV and as Parquet"),
    ],
)
def test_wrong_tables_and_files_are_told(make_task, faults_of, files, place, problem):
    faults = faults_of(lambda: open_package(make_task(files)))
    assert any(fault.file == place and problem in fault.problem for fault in faults)


def test_missing_data_file_is_told_once_and_not_through_its_reference(make_task, faults_of):
    (fault,) = faults_of(lambda: open_package(make_task({"data/files/a.csv": None})))
    assert (fault.file, fault.line, fault.column) == (TABLE, 2, "file_name")


def test_package_without_a_file_on_the_leaderboard_is_refused(make_task, faults_of):
    table = HEADER + "4,a.csv,UTC,15,False\n50,b.csv,UTC,15,False\n"
    (fault,) = faults_of(lambda: open_package(make_task({TABLE: table})))
    assert "No file counts" in fault.problem


@pytest.mark.parametrize(
    ("truth", "lines", "problem"),
    [
        ("d,v\n2024-01-01,1\n2024-01-02,\n2024-01-03,inf\n", [3, 4], "missing or not finite"),
        ("d,v\n2024-01-01,1\n2024-01-01,2\n", [3], "appears twice"),
        ("d,v\n2024-01-02,1\n2024-01-01,2\n", [3], "earlier"),
        ("d,v\n2024-01-02,1\nyesterday,2\n", [3], "unreadable"),
        ("d,v\n", [1], "no rows"),
        ("d,v,w\n2024-01-02,1,2\n", [None], "2 columns of values"),
        ("d,v\n2024-01-02,one\n", [2], "not a number"),
    ],
)
def test_unclean_references_are_told_with_their_lines(make_task, faults_of, truth, lines, problem):
    task = make_task({"data/references/a.csv": truth})
    faults = faults_of(lambda: open_package(task))
    assert [fault.line for fault in faults] == lines
    assert all(problem in fault.problem for fault in faults)
    assert {fault.file for fault in faults} == {"data/references/a.csv"}


@pytest.mark.parametrize("value", ["", "NaN", "steep", "inf"])
def test_missing_scalar_truth_is_told_once(make_scalar_task, faults_of, value):
    table = f"system_id,latitude,longitude,azimuth,tilt\n4,39,-105,180,{value}\n50,39,-105,180,20\n"
    (fault,) = faults_of(lambda: open_package(make_scalar_task({SYSTEM_TABLE: table})))
    assert (fault.file, fault.line, fault.column) == (SYSTEM_TABLE, 2, "tilt")


@pytest.mark.parametrize("value", ["1e101", "-1e200", "1" + "0" * 120])
def test_scalar_truth_beyond_any_quantity_is_a_fault(make_scalar_task, faults_of, value):
    table = f"system_id,latitude,longitude,azimuth,tilt\n4,39,-105,180,{value}\n50,39,-105,180,20\n"
    (fault,) = faults_of(lambda: open_package(make_scalar_task({SYSTEM_TABLE: table})))
    assert (fault.file, fault.line, fault.column) == (SYSTEM_TABLE, 2, "tilt")
    assert "beyond ±1e+100" in fault.problem


def test_scalar_truth_may_differ_by_file(make_scalar_task):
    table = "system_id,file_name,tilt\n4,a.csv,10\n50,b.csv,\n"
    first, second = open_package(make_scalar_task({TABLE: table})).files
    assert first.truths == {"azimuth": 180.0, "tilt": 10.0}
    assert second.truths == {"azimuth": 158.0, "tilt": 45.0}


def test_golden_broken_package_lists_everything_at_once(faults_of):
    found = [str(fault) for fault in faults_of(lambda: open_package(BROKEN))]
    assert found == json.loads((BROKEN.parent / "broken_task_faults.json").read_text())


def test_truth_on_one_of_two_days_is_a_fault(make_task, faults_of):
    task = make_task({"data/references/a.csv": "date,shift\n01/02/2024,0\n02/02/2024,60\n"})
    (fault,) = faults_of(lambda: open_package(task))
    assert (fault.file, fault.line) == ("data/references/a.csv", 2)
    assert "1 February 2024 (day first) or as 2 January 2024 (month first)" in fault.problem


@pytest.mark.parametrize("time_format", ["%d/%m/%Y", "%m/%d/%Y"])
def test_declared_format_opens_the_truth(make_task, time_format):
    truth = "date,shift\n01/02/2024,0\n02/03/2024,60\n"
    package = open_package(make_task({"data/references/a.csv": truth}, time_format=time_format))
    assert package.config.alignment == "date"
