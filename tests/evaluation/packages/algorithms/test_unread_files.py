"""Files that say what an algorithm needs, but are not read, are noted; all others are not."""

import pytest

from valhub.evaluation.packages.algorithms.algorithm import open_algorithm

WRAPPER = {"submission_wrapper.py": "def f(series): ..."}
RENAME, LIST = "Rename it to requirements.txt.", "List the packages in requirements.txt"
VERSION = "Write the Python version, such as 3.10, into .python-version."
UNREAD = [
    ("requirement.txt", "numpy", RENAME),
    ("Requirements.txt", "numpy", RENAME),
    ("requirements.txt.txt", "numpy", RENAME),
    ("requirements (1).txt", "numpy", RENAME),
    ("requirements.in", "numpy", RENAME),
    ("reqs.txt", "numpy", RENAME),
    ("environment.yml", "name: pv\ndependencies:\n  - numpy\n", LIST),
    ("pyproject.toml", "[project]\ndependencies=['numpy']\n", LIST),
    ("setup.py", "setup(install_requires=['numpy'])", LIST),
    ("setup.cfg", "[options]\ninstall_requires = numpy\n", LIST),
    ("Pipfile", "[packages]\nnumpy='*'\n", LIST),
    ("poetry.lock", "[[package]]", LIST),
    ("deps/requirements.txt", "numpy", "Put it beside the entry file."),
    ("runtime.txt", "python-3.10.4", VERSION),
    (".tool-versions", "python 3.10.4", VERSION),
    (".python-version.txt", "3.10", "Rename it to .python-version."),
    ("python-version", "3.10", "Rename it to .python-version."),
]


@pytest.mark.parametrize(("name", "text", "fix"), UNREAD, ids=[name for name, _, _ in UNREAD])
def test_file_that_is_not_read_is_noted(make_folder, name, text, fix):
    algorithm = open_algorithm(make_folder({**WRAPPER, name: text}), "f")
    (note,) = algorithm.notes
    assert note.startswith(f"{name}: This file is not read. ")
    assert fix in note


@pytest.mark.parametrize(("name", "text", "fix"), UNREAD, ids=[name for name, _, _ in UNREAD])
def test_it_is_not_noted_beside_the_file_that_is_read(make_folder, name, text, fix):
    if name == "Requirements.txt":
        name = "requirements-dev.txt"  # names that differ by case alone are a fault of the archive
    files = {**WRAPPER, name: text, "requirements.txt": "numpy", ".python-version": "3.11"}
    assert open_algorithm(make_folder(files), "f").notes == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
        ("setup.cfg", "[flake8]\nmax-line-length = 100\n"),
        ("settings.yml", "threshold: 5\n"),
        ("runtime.txt", "12 seconds"),
        ("requirements.py", "import os\n"),
        ("README.md", "numpy"),
        ("model.txt", "numpy"),
        ("test.py", "import numpy\n"),
        ("helper.py", "X = 1\n"),
        ("solar/__init__.py", ""),
    ],
)
def test_other_files_have_no_note(make_folder, name, text):
    assert open_algorithm(make_folder({**WRAPPER, name: text}), "f").notes == ()


@pytest.mark.parametrize("name", ["random.py", "statistics.py", "types.py", "json/__init__.py"])
def test_module_that_hides_one_of_pythons_is_noted(make_folder, name):
    (note,) = open_algorithm(make_folder({**WRAPPER, name: ""}), "f").notes
    module = name.removesuffix("/__init__.py").removesuffix(".py")
    assert f"the name of Python's own module {module}, and can hide it" in note
    assert note.endswith("Rename it.")


def test_notes_are_few_however_many_files_there_are(make_folder):
    files = {f"requirements{number}.txt": "numpy" for number in range(30)}
    assert len(open_algorithm(make_folder({**WRAPPER, **files}), "f").notes) <= 10
