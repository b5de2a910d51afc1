"""What is packed without being part of a package is left out, and said; all else stays."""

import stat
import zipfile

import pytest

from valhub.evaluation.packages.files.archives import ArchiveLimits, content_hash, opened, unpack

WRAPPER = ("mine/submission_wrapper.py", "def f(series): ...")


def unpacked(archive, limits=None):
    notes: list[str] = []
    root = unpack(archive, archive.parent / "out", limits or ArchiveLimits(), notes=notes)
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return names, notes


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name",
    [
        "mine/.git/HEAD",
        "mine/.venv/bin/activate",
        "mine/node_modules/a/index.js",
        "mine/__pycache__/a.cpython-311.pyc",
        "__MACOSX/mine/._submission_wrapper.py",
        "mine/.ipynb_checkpoints/a.ipynb",
        "mine/.vscode/settings.json",
    ],
)
def test_folders_of_tools_are_left_out_with_a_note(make_zip, name):
    names, notes = unpacked(make_zip(WRAPPER, (name, "x")))
    assert names == ["submission_wrapper.py"]
    folder = name.removeprefix("mine/").split("/", 1)[0]
    assert notes == [f"Ignored: {folder}/. Leave this out of the archive."]


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "Thumbs.db", "desktop.ini", "._mine", "mine/._submission_wrapper.py", "a.pyc"],
)
def test_litter_is_left_out_without_a_word(make_zip, name):
    assert unpacked(make_zip(WRAPPER, (name, "x"))) == (["submission_wrapper.py"], [])


@pytest.mark.parametrize(
    "name",
    [".github/a.yml", ".gitignore", "venv/model.pkl", "env/__init__.py", "_a.py", "git/HEAD", ".a"],
)
def test_other_files_stay_without_a_note(make_zip, name):
    assert unpacked(make_zip(WRAPPER, (f"mine/{name}", "x"))) == (
        sorted([name, "submission_wrapper.py"]),
        [],
    )


ENVIRONMENT = ("venv/pyvenv.cfg", "venv/bin/activate", "venv/lib/python3.11/site-packages/a.py")


def test_environment_is_known_by_its_mark_under_any_name(make_zip):
    members = [(f"mine/{name.replace('venv/', 'pv env/')}", "x") for name in ENVIRONMENT]
    names, notes = unpacked(make_zip(WRAPPER, *members, (link("mine/pv env/bin/python"), "/x")))
    assert names == ["submission_wrapper.py"]
    assert notes == ["Ignored: mine/pv env/. Leave this out of the archive."]


def test_project_made_into_an_environment_keeps_its_own_files(make_zip):
    names, notes = unpacked(make_zip(WRAPPER, ("mine/pyvenv.cfg", "x"), ("mine/lib/a.py", "x")))
    assert names == ["lib/a.py", "pyvenv.cfg", "submission_wrapper.py"]
    assert notes == []


def test_what_is_left_out_does_not_count(make_zip):
    many = [(f"mine/.venv/lib/f{number}", "x" * 100) for number in range(50)]
    names, notes = unpacked(make_zip(WRAPPER, *many), ArchiveLimits(files=10, total_bytes=100))
    assert names == ["submission_wrapper.py"]
    assert len(notes) == 1


def test_folder_and_archive_leave_out_alike(make_zip, make_folder):
    files = [WRAPPER, *((f"mine/{name}", "x") for name in (*ENVIRONMENT, ".git/HEAD", "a.csv"))]
    archive = unpack(make_zip(*files), make_folder({}, "away") / "out")
    folder = make_folder(dict(files))
    notes: list[str] = []
    with opened(folder, notes=notes) as root:
        assert content_hash(root) == content_hash(archive)
    assert notes == ["Ignored: .git/, mine/venv/. Leave this out of the archive."]


def test_python_cache_of_a_folder_at_home_is_not_worth_a_note(make_folder):
    notes: list[str] = []
    with opened(make_folder({"main.py": "", "__pycache__/main.pyc": "x"}), notes=notes):
        assert notes == []


def test_names_of_a_thousand_folders_cost_no_more_than_others(make_zip, faults_of):
    deep = "/".join("a" * 20_000)
    archive = make_zip(WRAPPER, ("venv/pyvenv.cfg", "x"), *((f"{deep}{n}", "x") for n in range(9)))
    faults = faults_of(lambda: unpacked(archive))
    assert any("folders deep" in fault.problem for fault in faults)
