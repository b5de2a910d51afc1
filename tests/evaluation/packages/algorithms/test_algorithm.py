"""The function to call is found by reading, never by running."""

import pytest

from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments

FUNCTION = "detect_time_shifts"
EXPLODE = "raise SystemExit('run')\n"


def wrapper(source: str | bytes, **more: str) -> dict[str, str | bytes]:
    return {"submission_wrapper.py": source, **more}


@pytest.mark.parametrize(
    "source",
    [
        "def detect_time_shifts(series, latitude=None): ...",
        "def detect_time_shifts(*args): ...",
        "from helper import detect_time_shifts",
        "from helper import other as detect_time_shifts",
        "from helper import *",
        "import numpy\ndetect_time_shifts = numpy.abs",
        "detect_time_shifts: object = print",
        "detect_time_shifts = lambda series: series",
        "try:\n    from a import detect_time_shifts\nexcept ImportError:\n    pass",
        "if True:\n    def detect_time_shifts(series): ...",
        "async def detect_time_shifts(s): ...\ndef detect_time_shifts(s): ...",
        "x = '\\d'\ndef detect_time_shifts(series): ...",
    ],
)
def test_function_is_found_however_it_is_made(make_folder, source):
    algorithm = open_algorithm(make_folder(wrapper(source + "\n" + EXPLODE)), FUNCTION)
    assert algorithm.entry.module == "submission_wrapper"
    assert algorithm.entry.function == FUNCTION


@pytest.mark.parametrize(
    ("source", "problem", "fix", "line"),
    [
        ("x = 1\n", "is missing", "Define", None),
        ("def detect_time_shift(s): ...", "is missing", 'Did you mean "detect_time_shift"?', None),
        ("\nasync def detect_time_shifts(s): ...", "async", "plain def", 2),
        ("\n\ndef detect_time_shifts(): ...", "takes no argument", "by position", 3),
        ("def detect_time_shifts(*, series): ...", "takes no argument", "by position", 1),
        ("detect_time_shifts = lambda: 0", "takes no argument", "by position", 1),
        ("class detect_time_shifts: ...", "is a class", "function", 1),
        ("x = 1\ndef f(:\n", "not valid Python", "Correct it.", 2),
        (b"x = 1\n# caf\xe9\n", "not UTF-8", "Save it as UTF-8.", 2),
        (b"x = '\0'", "Python", "", None),
        ("(" * 5000, "Python", "", None),
        ("x = " + "-" * 200_000 + "1", "Python", "", None),
        ("#" * 2_000_000, "larger than 1 MiB", "", None),
    ],
)
def test_unusable_entry_files_are_refused(make_folder, faults_of, source, problem, fix, line):
    folder = make_folder(wrapper(source))
    (fault,) = faults_of(lambda: open_algorithm(folder, FUNCTION))
    assert problem in fault.problem
    assert fix in fault.fix
    assert fault.file == "submission_wrapper.py"
    assert line is None or fault.line == line


def test_arguments_that_the_task_does_not_offer_are_a_fault_at_the_function(make_folder, faults_of):
    folder = make_folder(wrapper("import os\ndef detect_time_shifts(s, latitude, tz): ..."))
    offered = OfferedArguments(("latitude", "longitude", "timezone"))
    (fault,) = faults_of(lambda: open_algorithm(folder, FUNCTION, offered=offered))
    assert fault.problem == 'The function requires "tz", which this task does not offer.'
    assert fault.fix == (
        'Did you mean "timezone"? Arguments are passed by name here. This task offers latitude, '
        "longitude, timezone, in this order. Rename it, give it a default, or remove it."
    )
    assert (fault.file, fault.line) == ("submission_wrapper.py", 2)


def test_what_the_function_gets_is_known_without_running_it(make_folder):
    folder = make_folder(wrapper("def detect_time_shifts(s, longitude=None): ...\n" + EXPLODE))
    offered = OfferedArguments(("latitude", "longitude"))
    algorithm = open_algorithm(folder, FUNCTION, offered=offered)
    assert algorithm.entry.called_with == "the data, and by name longitude"


def test_missing_wrapper_is_told_with_what_is_there(make_folder, faults_of):
    (fault,) = faults_of(lambda: open_algorithm(make_folder({"wrapper.py": ""}), FUNCTION))
    assert "no submission_wrapper.py" in fault.problem
    assert "wrapper.py" in fault.fix


def test_wrapper_in_a_folder_beside_a_readme_is_found(make_folder):
    folder = make_folder(
        {
            "README.md": "",
            "requirements.txt": "numpy",
            "mine/submission_wrapper.py": "def detect_time_shifts(series): ...",
        }
    )
    algorithm = open_algorithm(folder, FUNCTION)
    assert algorithm.root == folder / "mine"
    assert algorithm.requirements.lines == ("numpy",)


def test_faults_of_code_and_requirements_come_together(make_folder, faults_of):
    folder = make_folder({**wrapper("x = 1"), "requirements.txt": "numpy\n-e .\n"})
    faults = faults_of(lambda: open_algorithm(folder, FUNCTION))
    assert [fault.file for fault in faults] == ["submission_wrapper.py", "requirements.txt"]


PREDICT = "def predict(test_data): ..."


@pytest.mark.parametrize(
    ("files", "module"),
    [
        ({"main.py": PREDICT, "x": ""}, "main"),
        ({"submission_wrapper.py": PREDICT, "x": ""}, "submission_wrapper"),
        ({"mine/__init__.py": "from .a import predict", "mine/a.py": PREDICT, "x": ""}, "mine"),
        ({"main.py": "import os", "mine/__init__.py": PREDICT}, "mine"),
        ({"main.py": PREDICT, "mine/__init__.py": PREDICT}, "main"),
        ({"main.py": PREDICT, "mine/__init__.py": ""}, "main"),
    ],
)
def test_predict_is_found_in_main_or_a_package(make_folder, files, module):
    algorithm = open_algorithm(make_folder(files))
    assert algorithm.entry.module == module
    assert not algorithm.entry.root_is_package


def test_folder_that_is_itself_a_package_is_one(make_folder):
    folder = make_folder({"mine/__init__.py": "from .main import predict", "mine/main.py": PREDICT})
    algorithm = open_algorithm(folder)
    assert (algorithm.root, algorithm.entry.module) == (folder / "mine", "mine")
    assert algorithm.entry.root_is_package


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"README.md": ""}, "neither a main.py nor a Python package"),
        ({"main.py": "def predicts(x): ..."}, "predict is missing"),
        ({"main.py": "def predict(): ..."}, "takes no argument"),
        ({"a/__init__.py": PREDICT, "b/__init__.py": PREDICT}, "Two Python packages"),
        ({"main.py": "def (", "a/__init__.py": PREDICT}, "not valid Python"),
    ],
)
def test_unusable_script_algorithms_are_refused(make_folder, faults_of, files, problem):
    (fault,) = faults_of(lambda: open_algorithm(make_folder(files)))
    assert problem in fault.problem
