"""Files of a package's data folders: how they are found, and which others are left alone."""

import unicodedata

import pytest

from valhub.client.check import CheckRequest, check_path
from valhub.evaluation.packages.files.folders import content_hash
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data

TABLE = "data/file_metadata.csv"
ROWS = "system_id,file_name,data_sampling_frequency\n4,{},15\n50,b.csv,15\n"
ACCENTED = "Dachfläche.csv"
FORMS = ("NFC", "NFD")


@pytest.mark.parametrize("in_table", FORMS)
@pytest.mark.parametrize("on_disk", FORMS)
@pytest.mark.parametrize("of_truth", FORMS)
def test_accents_match_in_either_encoding(make_task, in_table, on_disk, of_truth):
    listed, stored, truth = (
        unicodedata.normalize(form, ACCENTED) for form in (in_table, on_disk, of_truth)
    )
    root = make_task({TABLE: ROWS.format(listed)})
    (root / "data/files/a.csv").rename(root / "data/files" / stored)
    (root / "data/references/a.csv").rename(root / "data/references" / truth)
    package = open_package(root)
    assert package.files[0].name == listed
    assert package.files[0].path.name == stored
    assert package.files[0].reference_path.name == truth
    assert check_data(package) == []


def test_one_file_in_two_encodings_is_listed_twice(make_task, faults_of):
    twice = [unicodedata.normalize(form, ACCENTED) for form in FORMS]
    table = f"system_id,file_name,data_sampling_frequency\n4,{twice[0]},15\n4,{twice[1]},15\n"
    root = make_task({TABLE: table, f"data/files/{twice[0]}": "t,x\n2024-01-01,1\n"})
    problems = [fault.problem for fault in faults_of(lambda: open_package(root))]
    assert any("appears twice" in problem for problem in problems)


@pytest.mark.parametrize(
    "stray",
    [
        "README.md",
        "Readme.txt",
        "notes.md",
        "LICENSE",
        ".gitkeep",
        ".gitignore",
        ".DS_Store",
        "._a.csv",
        "Thumbs.db",
        "thumbs.db",
        "Desktop.ini",
        ".~lock.a.csv#",
        "~$a.xlsx",
        "a.csv.lock",
        ".a.csv.swp",
    ],
)
@pytest.mark.parametrize("folder", ["data/files", "data/references"])
def test_files_beside_the_data_are_ignored_with_a_note(make_task, folder, stray):
    (note,) = open_package(make_task({f"{folder}/{stray}": "x"})).notes
    assert note == f"{folder}: files that are not data are ignored: {stray}."


@pytest.mark.parametrize(
    "stray",
    ["c.csv", "c.CSV", "c.parquet", ".c.csv", "README.csv", "c.txt", "c.xlsx", "c.csv.gz", "c"],
)
@pytest.mark.parametrize("folder", ["data/files", "data/references"])
def test_what_may_be_forgotten_data_is_a_fault(make_task, faults_of, folder, stray):
    (fault,) = faults_of(lambda: open_package(make_task({f"{folder}/{stray}": "x"})))
    assert (fault.file, fault.problem) == (
        f"{folder}/{stray}",
        "The file table has no row for this file.",
    )


def test_a_note_names_only_some_of_many_files(make_task):
    strays = {f"data/files/.{number}": "" for number in range(9)}
    (note,) = open_package(make_task(strays)).notes
    assert note.endswith(".0, .1, .2, .3, .4 and 4 more.")


def test_check_shows_what_is_ignored(make_task):
    root = make_task({"data/files/README.md": "x"})
    found = check_path(CheckRequest(str(root)))
    assert "data/files: files that are not data are ignored: README.md." in found


def test_litter_changes_no_content_hash(make_task):
    root = make_task()
    before = content_hash(root)
    for name in ("._config.json", "data/Thumbs.db", "data/files/.~lock.a.csv#", "desktop.ini"):
        (root / name).write_text("x")
    assert content_hash(root) == before


@pytest.mark.parametrize(
    ("listed", "stored", "problem", "fix"),
    [
        ("c", "c.csv", '"c" is not the name of', 'Did you mean "c.csv"?'),
        ("c", "c.PARQUET", '"c" is not the name of', 'Did you mean "c.PARQUET"?'),
        ("c.csv.gz", "c.csv.gz", '"c.csv.gz" is packed', "Unpack it"),
        ("c.zip", "c.zip", '"c.zip" is packed', "Unpack it"),
        ("C.csv", "c.csv", "missing from data/files", 'Did you mean "c.csv"?'),
        ("sub/c.csv", "c2.md", "is not the name of", "Write the name of a .csv"),
    ],
)
def test_a_wrong_name_is_one_fault_with_a_hint(make_task, faults_of, listed, stored, problem, fix):
    root = make_task({TABLE: ROWS.format("a.csv") + f"4,{listed},15\n"})
    (root / "data/files" / stored).write_text("t,x\n2024-01-01,1\n")
    faults = [fault for fault in faults_of(lambda: open_package(root)) if fault.file == TABLE]
    (fault,) = faults
    assert (fault.line, fault.column) == (4, "file_name")
    assert problem in fault.problem
    assert fix in fault.fix


@pytest.mark.parametrize("truths", ["validation_data", "ground-truth", "ground_truth"])
def test_folders_of_the_earlier_hub_are_found(make_task, truths):
    root = make_task()
    (root / "data/files").rename(root / "data/file_data")
    (root / "data/references").rename(root / "data" / truths)
    package = open_package(root)
    assert package.files[0].path == root / "data/file_data/a.csv"
    assert package.files[0].reference_path == root / "data" / truths / "a.csv"
    assert check_data(package) == []


@pytest.mark.parametrize("truths", ["references", "validation_data", "ground-truth"])
def test_no_sidecar_shows_a_truth(make_task, faults_of, truths):
    root = make_task(sidecars=[f"{truths}/a.csv"])
    if truths != "references":
        (root / "data/references").rename(root / "data" / truths)
    (fault,) = faults_of(lambda: open_package(root))
    assert "must not see" in fault.problem


def test_two_folders_for_the_same_files_are_a_fault(make_task, faults_of):
    root = make_task({"data/file_data/a.csv": "t,x\n2024-01-01,1\n"})
    (fault,) = faults_of(lambda: open_package(root))
    assert (fault.file, fault.fix) == ("data/file_data", "Keep one of them.")
