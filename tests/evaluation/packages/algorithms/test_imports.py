"""Imports that no requirement names, read from source: what is noted, and what never is."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from valhub.evaluation.packages.algorithms import imports
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.algorithms.imports import import_notes
from valhub.evaluation.packages.files.text_files import read_text
from valhub.evaluation.packages.tasks.task_environment import ALWAYS_INSTALLED

Noted = Callable[..., list[str]]
NOTHING: Mapping[str, str] = {}
FUNCTION = "\n\ndef run(series):\n    return series\n"


@pytest.fixture
def noted(tmp_path: Path) -> Noted:
    """Write an algorithm, with further files by path, and return its notes."""

    def notes(source: str, requirements: str = "", files: Mapping[str, str] = NOTHING) -> list[str]:
        (tmp_path / "submission_wrapper.py").write_text(source + FUNCTION)
        (tmp_path / "requirements.txt").write_text(requirements)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(import_notes(open_algorithm(tmp_path, "run"), ALWAYS_INSTALLED))

    return notes


def test_an_import_that_no_requirement_names_is_noted_with_its_line(noted: Noted) -> None:
    (note,) = noted("import os\nimport pvlib.location", "scipy\n")
    assert note == (
        "submission_wrapper.py:2: imports `pvlib`, which requirements.txt does not list. Add "
        "`pvlib`, unless another required package brings it."
    )


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("sklearn.svm", "scikit-learn"),
        ("cv2", "opencv-python-headless"),
        ("yaml", "pyyaml"),
        ("PIL.Image", "pillow"),
        ("skimage", "scikit-image"),
        ("pkg_resources", "setuptools<81"),
        ("pytz", "pytz"),
    ],
)
def test_the_note_names_the_package_and_not_the_module(
    noted: Noted, module: str, package: str
) -> None:
    (note,) = noted(f"import {module}")
    assert f"Add one with `{package}`" in note


@pytest.mark.parametrize(
    ("module", "requirement"),
    [
        ("sklearn", "Scikit_Learn>=1.2"),
        ("cv2", "opencv-contrib-python"),
        ("yaml", "PyYAML==6.0"),
        ("PIL", "Pillow"),
        ("dateutil", "pandas"),
        ("netCDF4", "netcdf4"),
        ("pkg_resources", "setuptools<81"),
        ("tensorflow", "tensorflow-cpu"),
        ("psycopg2", "psycopg2-binary"),
        ("google.protobuf", "google-cloud-storage"),
        ("slugify", "python-slugify"),
        ("numpy.linalg", "pvlib"),
        ("dateutil.parser", "pvlib"),  # brought by pandas, which is always there
        ("distutils.version", "setuptools<81"),
        ("imp", "x"),
        ("__future__", "x"),
    ],
)
def test_what_is_there_is_not_noted(noted: Noted, module: str, requirement: str) -> None:
    assert noted(f"import {module}" if "__" not in module else "", requirement) == []


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import numba\nexcept ImportError:\n    numba = None",
        "try:\n    import tomllib\nexcept ModuleNotFoundError:\n    import tomli as tomllib",
        "try:\n    import numba\nexcept (OSError, ImportError):\n    pass\nelse:\n    import llvm",
        "try:\n    import numba\nexcept Exception:\n    pass",
        "try:\n    import numba\nexcept:\n    pass",
        "from contextlib import suppress\nwith suppress(ImportError):\n    import numba",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pvlib",
        "import typing\nif typing.TYPE_CHECKING:\n    import pvlib",
        "import sys\nif sys.version_info < (3, 11):\n    import tomli",
        "import sys\nif sys.platform == 'win32':\n    import win32api",
        "import os\nif os.name == 'nt':\n    import win32api",
        "if __name__ == '__main__':\n    import matplotlib",
        "from importlib.util import find_spec\nif find_spec('numba'):\n    import numba",
    ],
)
def test_imports_that_may_fail_or_never_run_are_not_noted(noted: Noted, source: str) -> None:
    assert noted(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "def late():\n    import pvlib",
        "class A:\n    def late(self):\n        from pvlib import location",
        "try:\n    import pvlib\nfinally:\n    pass",
        "try:\n    import pvlib\nexcept KeyError:\n    pass",
        "if len([]) == 0:\n    import pvlib",
        "with open('x') as f:\n    import pvlib",
        "match 1:\n    case 1:\n        import pvlib",
        "x = 1\n" + "if x == 2:\n    pass\n" + "elif x == 3:\n    pass\n" * 500 + "import pvlib",
    ],
)
def test_imports_anywhere_in_the_code_are_noted(noted: Noted, source: str) -> None:
    (note,) = noted(source)
    assert "imports `pvlib`" in note


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("import helper", "helper.py"),
        ("from submission import helper", "helper.py"),
        ("from submission.models.net import Net", "models/net.py"),
        ("from . import helper", "helper.py"),
        ("from .models import net", "models/net.py"),
        ("import models", "models/__init__.py"),
        ("from mine.core import fit", "src/mine/core.py"),
        ("import deep", "lib/below/deep.py"),
        ("import models.net", "models/net.py"),
    ],
)
def test_own_modules_are_read_and_not_noted_wherever_they_lie(
    noted: Noted, source: str, path: str
) -> None:
    assert noted(source, "", {path: ""}) == []
    (note,) = noted(source, "", {path: "import pvlib"})
    assert note.startswith(f"{path}:1: imports `pvlib`")


def test_modules_that_nothing_imports_are_not_read(noted: Noted) -> None:
    files = {"helper.py": "", "train.py": "import torch", "tests/test_it.py": "import pytest"}
    assert noted("import helper", "", files) == []


def test_a_module_that_is_no_python_is_passed_over(noted: Noted) -> None:
    assert noted("import helper", "", {"helper.py": "print 'Python 2'\nimport torch"}) == []


def test_each_module_is_noted_once_and_only_so_many(noted: Noted) -> None:
    assert len(noted("import torch\nimport torch.nn\nfrom torch import nn")) == 1
    assert len(noted("\n".join(f"import module{number}" for number in range(50)))) == 10


def test_a_name_of_any_length_is_cut(noted: Noted) -> None:
    (note,) = noted(f"import {'x' * 5000}")
    assert len(note) < 600


def test_many_modules_of_one_name_are_each_read_once(
    noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counting(path: Path, *args: object, **options: object) -> str | None:
        read.append(path)
        return read_text(path, *args, **options)

    monkeypatch.setattr(imports, "read_text", counting)
    noted("import m", "", {f"d{number}/m.py": "import m\n" * 20 for number in range(50)})
    assert len(read) == 51
