"""Which lines are shown: those of regular files of the archive, whatever name is given."""

import os
from pathlib import Path

import pytest

from valhub.evaluation.execution.exception_names import KNOWN, known_name
from valhub.evaluation.execution.source_lines import own_lines

INSIDE = "/algorithm/submission"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    root = tmp_path / "code"
    (root / "inner").mkdir(parents=True)
    (root / "inner/real.py").write_text("one\n    two\n")
    (root / "folder.py").mkdir()
    (root / "folder.py/real.py").write_text("inside\n")
    (tmp_path / "outside.py").write_text("secret\n")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "linked").symlink_to(root / "inner")
    os.mkfifo(root / "pipe.py")
    (root / "notes.txt").write_text("secret\n")
    return root


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("inner/real.py", "inner/real.py:1: one"),
        ("folder.py/real.py", "folder.py/real.py:1: inside"),
        ("folder.py", ""),
        ("link.py", ""),
        ("linked/real.py", ""),
        ("pipe.py", ""),
        ("notes.txt", ""),
        ("inner//real.py", ""),
        ("inner/../inner/real.py", ""),
        ("../outside.py", ""),
        ("/etc/passwd", ""),
        ("inner", ""),
        ("", ""),
        ("inner/real.py\0", ""),
        ("\ud800.py", ""),
        ("a" * 5000 + ".py", ""),
    ],
)
def test_only_regular_files_of_the_archive_have_lines(code: Path, name: str, shown: str) -> None:
    assert own_lines([[f"{INSIDE}/{name}", 1]], code, INSIDE) == shown


def test_at_most_ten_short_lines_are_shown(code: Path) -> None:
    lines = [f"x = '{number}{'z' * 300_000}'" for number in range(12)]
    (code / "long.py").write_text("\n".join(lines))
    places = [[f"{INSIDE}/long.py", number] for number in range(1, 13)]
    shown = own_lines(places, code, INSIDE).splitlines()
    assert [line.split(":")[1] for line in shown] == [str(number) for number in range(3, 13)]
    assert max(map(len, shown)) < 230


def test_a_folder_of_thirty_megabytes_says_little(code: Path) -> None:
    (code / "large.py").write_text("y = 1" + " " * 30_000_000)
    assert own_lines([[f"{INSIDE}/large.py", 1]] * 10, code, INSIDE) == ""


@pytest.mark.parametrize(
    ("classes", "shown"),
    [
        (["numpy.linalg.LinAlgError", "builtins.ValueError"], "numpy.LinAlgError"),
        (["numpy.linalg.linalg.LinAlgError"], "numpy.LinAlgError"),
        (["pandas.errors.ParserError"], "pandas.ParserError"),
        (["submission.Own", "scipy.spatial._qhull.QhullError"], "scipy.QhullError"),
        (["json.decoder.JSONDecodeError"], "json.JSONDecodeError"),
        (["numpy.secret"], "KeyError"),
        (["secret.LinAlgError"], "KeyError"),
        (["numpy.LinAlgError.secret"], "KeyError"),
        (["numpy"], "KeyError"),
        (["."], "KeyError"),
        ([None, 3, ["numpy.linalg.LinAlgError"]], "KeyError"),
        ("numpy.linalg.LinAlgError", "KeyError"),
        ({"a": 1}, "KeyError"),
        (None, "KeyError"),
    ],
)
def test_an_exception_is_named_by_the_list_alone(classes: object, shown: str) -> None:
    assert known_name({"base": "KeyError", "classes": classes}) == shown


def test_the_list_says_little() -> None:
    assert len(KNOWN) < 256
    assert all(name.replace(".", "").isalnum() for name in KNOWN)
