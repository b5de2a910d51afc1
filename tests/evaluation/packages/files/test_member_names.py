"""What names may be, one by one, each with what is wrong with it."""

import pytest

from valhub.evaluation.packages.files.member_names import (
    NameTree,
    ignored_folder,
    is_ignored,
    name_problems,
    shown,
)

LONG = "The name is too long (at most 255 bytes per part, 2048 in total)."
DEEP = "The file is more than 20 folders deep."
ABSOLUTE, DRIVE = "The name is absolute.", "The name has a drive letter."
PART = 'The name has an empty or "." part.'
CLIMBS = 'The name climbs out of the package with "..".'
BACKSLASH, HIDDEN = "The name has a backslash.", "The name has invisible or control characters."
EMPTY = "The name is empty."
DEVICE = "The name is that of a device on Windows."
ENDING = "The name, or a folder's in it, ends with a dot or a space."


def problems(name):
    return [problem for problem, _ in name_problems(name)]


def clashes(*names):
    """What is wrong with the last of some names; those that end in a slash are folders."""
    tree = NameTree()
    found = [list(tree.add(n.rstrip("/"), is_folder=n.endswith("/"))) for n in names]
    assert not any(found[:-1])
    return [problem for problem, _ in found[-1]]


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "a/b.csv",
        ".hidden",
        "a..b",
        "console",
        "nul\u00a0.csv",
        "com.py",
        "a/com10.csv",
        "null",
        "é/ü",
        "ab:c",
        "1:",
        "a b",
        "x" * 255,
        "é" * 127,
        "/".join("a" * 20),
        "/".join(["x" * 255] * 8),
    ],
)
def test_ordinary_names_have_no_problem(name):
    assert problems(name) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", [EMPTY]),
        ("/", [EMPTY]),
        ("//", [EMPTY]),
        ("/etc", [ABSOLUTE]),
        ("/./a", [ABSOLUTE]),
        ("C:a", [DRIVE]),
        ("c:/a", [DRIVE]),
        ("a//b", [PART]),
        ("a/", [PART]),
        ("./a", [PART]),
        ("..", [CLIMBS]),
        ("a/../b", [CLIMBS]),
        ("/../a", [ABSOLUTE, CLIMBS]),
        ("a\\b", [BACKSLASH]),
        ("nul", [DEVICE]),
        ("con.py", [DEVICE]),
        ("CON .tar.gz", [DEVICE]),
        ("data/Aux/x.csv", [DEVICE]),
        ("lpt9", [DEVICE]),
        ("com\u00b9.csv", [DEVICE]),
        ("ConIn$", [DEVICE]),
        ("main.py.", [ENDING]),
        ("main.py ", [ENDING]),
        ("data./x.csv", [ENDING]),
        ("...", [ENDING]),
        ("nul.", [DEVICE, ENDING]),
        ("a\nb", [HIDDEN]),
        ("a\u200bb", [HIDDEN]),
        ("a\udcffb", [HIDDEN]),
        ("a\u2028b", [HIDDEN]),
        ("a\u2029b", [HIDDEN]),
        ("x" * 256, [LONG]),
        ("é" * 128, [LONG]),
        ("a/" + "x" * 256 + "/b", [LONG]),
        ("/".join("a" * 21), [DEEP]),
        ("/".join(["x" * 255] * 8) + "/", [PART]),
        ("/".join(["x" * 255] * 8 + ["b"]), [LONG]),
        ("../" + "x" * 256 + "\\", [CLIMBS, BACKSLASH, LONG]),
    ],
)
def test_each_bad_name_has_its_problems(name, expected):
    assert problems(name) == expected


def test_every_problem_comes_with_its_mend():
    assert [fix for _, fix in name_problems("/".join(["C:", *"a" * 19, "..", "\\\n" * 150]))] == [
        "Use names relative to the top of the package.",
        'Write the path without "..".',
        "Separate folders with / (pack it with another tool).",
        "Rename the file.",
        "Use fewer folders.",
        "Shorten it.",
    ]
    assert [fix for name in ("", "/a", "./a", "nul.") for _, fix in name_problems(name)] == [
        "Give every file a name.",
        "Use names relative to the top of the package.",
        "Write the path without it.",
        "Rename the file or folder.",
        "Remove the ending.",
    ]


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        ("__MACOSX/a", True),
        ("a/__MACOSX", True),
        ("a/__pycache__/b.py", True),
        (".DS_Store", True),
        ("a/.DS_Store", True),
        (".DS_Store/a", False),
        ("a.pyc", True),
        ("a.pyc/b", False),
        ("b/a.pyc", True),
        ("__macosx/a", False),
        ("a.py", False),
    ],
)
def test_only_litter_is_ignored(name, ignored):
    assert is_ignored(name) is ignored


def test_a_strangers_name_is_shown_escaped_and_cut():
    assert shown("é\n\x1b[31m\u202e") == "é\\n\\x1b[31m\\u202e"
    assert shown("x" * 120) == "x" * 120
    assert shown("x" * 121) == "x" * 120 + "…"
    assert shown("\n" * 61) == "\\n" * 60 + "…"


def test_names_that_can_stand_side_by_side_do():
    assert clashes("a/", "a/b", "a/c/", "a/c/d", "ab", "c") == []
    assert clashes("a/b", "a/") == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("a", "a"), ["The name appears twice."]),
        (("a/", "a/"), ["The name appears twice."]),
        (("a", "a/b"), ['"a" is both a file and a folder.']),
        (("a/b", "a"), ['"a" is both a file and a folder.']),
        (("a/b", "a/b/c/d"), ['"a/b" is both a file and a folder.']),
        (("Read", "read"), ['"read" and "Read" differ only by case or accents\' encoding.']),
        (("A/b", "a/c"), ['"a" and "A" differ only by case or accents\' encoding.']),
        (("é", "e\u0301"), ['"e\\u0301" and "é" differ only by case or accents\' encoding.']),
        (("ß", "SS"), ['"SS" and "ß" differ only by case or accents\' encoding.']),
    ],
)
def test_names_that_clash_somewhere_are_found(names, expected):
    found = clashes(*names)
    assert [one.replace("e\u0301", "e\\u0301") for one in found] == expected


def test_every_clash_comes_with_its_mend():
    tree = NameTree()
    names = (("a", False), ("a", False), ("a/b", False), ("A", False))
    assert [fix for name, folder in names for _, fix in tree.add(name, is_folder=folder)] == [
        "Pack each file once.",
        "Rename one of them.",
        "Rename one of them: some file systems cannot tell them apart.",
    ]


def test_a_spelling_is_told_once_however_many_files_lie_below_it():
    assert len(clashes("A/1", "a")) == 1
    tree = NameTree()
    found = [problem for n in ("A/1", "a/2", "a/3") for problem in tree.add(n, is_folder=False)]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("a/.git/b/node_modules/c.py", ".git"),
        ("__pycache__/a b.pyc", "__pycache__"),
        ("a b/.venv/c", ".venv"),
        ("a/b.pyc", ""),
        ("git/a.py", ""),
    ],
)
def test_the_ignored_folder_is_the_first_that_a_name_lies_in(name, folder):
    assert ignored_folder(name) == folder
