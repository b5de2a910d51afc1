"""The documented script package, and what can be wrong with one."""

import pytest

from valhub.evaluation.packages.opening import is_package, open_package
from valhub.evaluation.packages.script_package import ScriptPackage

EVALUATE = "def evaluate(test_data_file, test_annotation_file, predict_func, **kwargs): ..."
SOUND = {"main.py": EVALUATE, "test_data": "1\n2\n", "test_annotation.txt": "1\n4\n"}


def test_script_package_is_read(make_folder):
    folder = make_folder({**SOUND, "requirements.txt": "numpy"})
    package = open_package(folder)
    assert isinstance(package, ScriptPackage)
    assert package.entry.path == folder / "main.py"
    assert package.test_data == folder / "test_data"
    assert package.annotation == folder / "test_annotation.txt"
    assert package.requirements == folder / "requirements.txt"


def test_python_package_with_data_beside_its_modules_is_read(make_folder):
    files = {**SOUND, "__init__.py": "from .main import evaluate"}
    package = open_package(make_folder({f"evaluation/{name}": c for name, c in files.items()}))
    assert package.entry.module == "evaluation"
    assert package.entry.root_is_package


def test_test_data_may_have_any_extension(make_folder):
    folder = make_folder({**SOUND, "test_data": None, "test_data.tar.gz": "x"})
    assert open_package(folder).test_data.name == "test_data.tar.gz"


def test_annotation_may_have_another_name(make_folder):
    folder = make_folder({**SOUND, "truth.csv": "1"})
    assert open_package(folder, annotation="truth.csv").annotation.name == "truth.csv"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"main.py": None, "helper/__init__.py": ""}, "evaluate is missing"),
        ({"main.py": "def evaluate(data, truth): ..."}, "takes only 2"),
        ({"test_data": None}, "no data file test_data"),
        ({"test_data.csv": ""}, "several data files: test_data, test_data.csv"),
        ({"test_annotation.txt": None}, 'annotation file "test_annotation.txt" is missing'),
        ({"requirements.txt": "-e ."}, "is an option"),
    ],
)
def test_unusable_script_packages_are_refused(make_folder, faults_of, change, problem):
    folder = make_folder({**SOUND, **change})
    (fault,) = faults_of(lambda: open_package(folder))
    assert problem in fault.problem


def test_annotation_cannot_climb_out(make_folder, faults_of):
    folder = make_folder(SOUND)
    (folder.parent / "secret").write_text("")
    (fault,) = faults_of(lambda: open_package(folder, annotation="../secret"))
    assert "is missing" in fault.problem


def test_all_faults_are_told_at_once(make_folder, faults_of):
    faults = faults_of(lambda: open_package(make_folder({"main.py": "x = 1"})))
    assert len(faults) == 3


def test_what_is_no_package_is_told_what_packages_are(make_folder, faults_of):
    (fault,) = faults_of(lambda: open_package(make_folder({"notes.md": ""})))
    assert "config.json" in fault.fix
    assert "test_data" in fault.fix


def test_packages_and_algorithms_are_told_apart(make_folder, make_task):
    assert is_package(make_folder(SOUND))
    assert is_package(make_task())
    assert not is_package(make_folder({"main.py": "def predict(x): ..."}, "algorithm"))
