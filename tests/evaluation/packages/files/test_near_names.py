"""A missing main file is reported with the file that was probably meant."""

import io
import zipfile

import pytest

from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.files.archives import opened
from valhub.evaluation.packages.files.near_names import rename_hint, same_name
from valhub.evaluation.packages.opening import open_package

CODE = "def f(series): ...\n"


def packed() -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("submission_wrapper.py", CODE)
    return inner.getvalue()


RENAME = "to submission_wrapper.py."
HINTS = [
    ("Submission_Wrapper.py", CODE, f"(capital letters count) {RENAME}"),
    ("submission_wrapper.py.txt", CODE, f"(Windows hides the ending .txt) {RENAME}"),
    ("submission-wrapper.py", CODE, f'Rename "submission-wrapper.py" {RENAME}'),
    ("submission_wrapper (1).py", CODE, f'Rename "submission_wrapper (1).py" {RENAME}'),
    ("submission_wrapper - Copy.py", CODE, f'Rename "submission_wrapper - Copy.py" {RENAME}'),
    ("submission_wrapper.py.py", CODE, f'Rename "submission_wrapper.py.py" {RENAME}'),
    ("a/b/c/submission_wrapper.py", CODE, 'It is in the folder "a/b/c": pack the files of'),
    ("code/Submission_wrapper.py", CODE, 'Rename "code/Submission_wrapper.py" (capital'),
    ("main.py", CODE, '"main.py" defines f: name it submission_wrapper.py, or import it there.'),
    ("src/model.py", CODE, '"src/model.py" defines f: name it'),
    ("model.ipynb", "{}", '"model.ipynb" is a notebook, which is not run. Save its code as'),
    ("wrapper.py", "x = 1", 'Did you mean "wrapper.py"?'),
    ("other.py", "def g(): ...", "Add it, with the function f."),
]


@pytest.mark.parametrize(("name", "content", "fix"), HINTS, ids=[name for name, _, _ in HINTS])
def test_missing_wrapper_comes_with_the_file_that_was_meant(
    make_folder, faults_of, name, content, fix
):
    folder = make_folder({name: content, "README.md": "", "x/notes.md": ""})
    (fault,) = faults_of(lambda: open_algorithm(folder, "f"))
    assert fault.problem.endswith("no submission_wrapper.py.")
    assert fix in fault.fix


@pytest.mark.parametrize("name", ["mine.zip", "mine.7z"])
def test_archive_of_an_archive_is_named_and_not_unpacked(make_zip, faults_of, name):
    content = packed() if name.endswith(".zip") else b"7z\xbc\xaf\x27\x1c\x00\x04"

    def read():
        with opened(make_zip((f"folder/{name}", content))) as root:
            open_algorithm(root, "f")

    (fault,) = faults_of(read)
    assert fault.problem == f'There is only another archive in it, "{name}".'
    assert fault.fix == "Unpack that one, and pack its files."


def test_missing_main_file_of_a_script_algorithm_comes_with_a_hint(make_folder, faults_of):
    folder = make_folder({"Main.py": "def predict(test_data): ..."})
    (fault,) = faults_of(lambda: open_algorithm(folder))
    assert fault.fix == 'Rename "Main.py" (capital letters count) to main.py.'


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("Config.json", 'Rename "Config.json" (capital letters count) to config.json.'),
        ("config.json.txt", "Windows hides the ending .txt"),
        ("a/b/config.json", 'It is in the folder "a/b"'),
        ("settings.json", "A task package has config.json"),
    ],
)
def test_missing_config_of_a_package_comes_with_a_hint(make_folder, faults_of, name, fix):
    folder = make_folder({name: "{}", "README.md": "", "x/notes.md": ""})
    (fault,) = faults_of(lambda: open_package(folder))
    assert fix in fault.fix


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("main.py", "domain.py"),
        ("main.py", "main.pyx"),
        ("a.csv", "b.csv"),
        ("a.csv", "a.parquet"),
        ("a1.csv", "a2.csv"),
        ("requirements.txt", "requirements-dev.txt"),
        ("copy.py", "paste.py"),
    ],
)
def test_another_file_is_not_taken_for_the_same(wanted, name):
    assert same_name(wanted, [name]) is None


def test_nothing_alike_gives_no_hint():
    assert rename_hint("submission_wrapper.py", ["x.csv"]) == ""


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("file_metadata.xlsx", 'Save "file_metadata.xlsx" as file_metadata.csv.'),
        ("File_Metadata.csv", "(capital letters count) to file_metadata.csv."),
        ("file_metadata.csv.txt", "(Windows hides the ending .txt) to file_metadata.csv."),
        ("file_metadata (1).csv", 'Rename "file_metadata (1).csv" to file_metadata.csv.'),
        ("other.csv", "Add data/file_metadata.csv."),
    ],
)
def test_missing_table_comes_with_the_file_that_was_meant(make_task, faults_of, name, fix):
    task = make_task({"data/file_metadata.csv": None, f"data/{name}": "x"})
    fault, *_ = faults_of(lambda: open_package(task))
    assert (fault.file, fault.problem) == ("data/file_metadata.csv", "The table is missing.")
    assert fault.fix.endswith(fix)
