"""The truth of scalar tasks: files of their own, or columns of the metadata tables."""

import pytest

from valhub.evaluation.packages.opening import open_package

SYSTEMS = "system_id,name,latitude,longitude\n4,Sanyo1,39.7,-105.1\n50,SERFEast,39.7,-105.1\n"
SYSTEM_TABLE = "data/system_metadata.csv"


def truths(a, b="azimuth,tilt\n158,45\n", folder="data/references"):
    return {f"{folder}/a.csv": a, f"{folder}/b.csv": b}


@pytest.mark.parametrize("folder", ["data/references", "data/validation_data"])
@pytest.mark.parametrize(
    "own",
    ["azimuth,tilt\n170,30\n", "tilt,azimuth\n30,170\n", ",tilt,azimuth,note\n0,30.0,170,roof\n"],
)
def test_a_file_of_its_own_holds_the_truth(make_scalar_task, folder, own):
    files = {**truths(own, folder=folder), SYSTEM_TABLE: SYSTEMS}
    first, second = open_package(make_scalar_task(files)).files
    assert first.truths == {"azimuth": 170, "tilt": 30}
    assert second.truths == {"azimuth": 158, "tilt": 45}


def test_a_file_of_its_own_goes_before_the_tables_with_a_note(make_scalar_task):
    package = open_package(make_scalar_task(truths("azimuth,tilt\n180,41\n")))
    assert package.files[0].truths == {"azimuth": 180, "tilt": 41}
    (note,) = package.notes
    assert note == (
        "data/references/a.csv: tilt is 41 here and 40 in the metadata tables. This file counts."
    )


def test_what_a_file_leaves_out_comes_from_the_tables(make_scalar_task):
    package = open_package(make_scalar_task(truths("azimuth\n180\n", None)))
    assert package.files[0].truths == {"azimuth": 180, "tilt": 40}
    assert package.notes == ()


def test_tables_do_without_files(make_scalar_task):
    files = {"data/references/.gitkeep": ""}
    assert open_package(make_scalar_task(files)).files[0].truths == {"azimuth": 180, "tilt": 40}


@pytest.mark.parametrize(
    ("files", "file", "problem"),
    [
        (truths("azimuth,tilt\n1,2\n3,4\n"), "data/references/a.csv", "has 2 rows"),
        (truths("azimuth,tilt\n"), "data/references/a.csv", "has 0 rows"),
        (truths("azimuth,tilt\n180,nan\n"), "data/references/a.csv", "missing or not a finite"),
        (truths("azimuth,tilt\n180,steep\n"), "data/references/a.csv", '"steep" is not a number'),
        (truths("azimuth,tilt\n180,1e200\n"), "data/references/a.csv", "beyond"),
        (
            {**truths("azimuth\n180\n"), SYSTEM_TABLE: SYSTEMS},
            "data/references/a.csv",
            "missing or not a finite",
        ),
        (
            {**truths("azimuth,tilt\n1,2\n", None), SYSTEM_TABLE: SYSTEMS},
            "data/references/b.csv",
            "missing or not a finite",
        ),
        (
            {**truths("azimuth,tilt\n180,40\n"), "data/references/c.csv": "x\n1\n"},
            "data/references/c.csv",
            "has no row for this file",
        ),
        (
            {SYSTEM_TABLE: SYSTEMS, "data/references/.gitkeep": ""},
            "config.json",
            'Neither metadata table has a column "azimuth"',
        ),
    ],
)
def test_what_is_wrong_with_a_truth_is_said_at_its_place(
    make_scalar_task, faults_of, files, file, problem
):
    faults = faults_of(lambda: open_package(make_scalar_task(files)))
    assert any(problem in fault.problem and fault.file == file for fault in faults)
    assert len({(fault.file, fault.column, fault.problem) for fault in faults}) == len(faults)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("Azimuth,tilt", '"Azimuth" does not count as azimuth'),
        ("AZIMUTH,TILT", '"TILT" does not count as tilt'),
        ("direction,slope", "has none of the references"),
    ],
)
def test_a_file_whose_columns_would_not_count_is_a_fault(
    make_scalar_task, faults_of, header, problem
):
    root = make_scalar_task({"data/references/a.csv": f"{header}\n170,30\n"})
    faults = faults_of(lambda: open_package(root))
    assert {fault.file for fault in faults} == {"data/references/a.csv"}
    assert any(problem in fault.problem for fault in faults)
