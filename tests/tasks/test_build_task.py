"""Building first-party tasks: deterministic, atomic, and clear about what is missing."""

import zipfile
from pathlib import Path

import pytest

from error_codes import coded
from valhub.client import tasks
from valhub.client.tasks import TaskBuildFailed, build_task, task_names
from valhub.errors import NotFound


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one task, `tiny`, whose build.py the test writes; work is done inside it."""
    (tmp_path / "tasks/tiny").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_build(checkout: Path, *lines: str) -> None:
    header = ["import sys", "from pathlib import Path", "destination = Path(sys.argv[1])"]
    (checkout / "tasks/tiny/build.py").write_text("\n".join([*header, *lines, ""]))


@pytest.mark.slow
def test_the_same_bytes_come_out_twice(time_shift_task, tmp_path):
    again = build_task("time-shift-detection", tmp_path)
    assert again.read_bytes() == time_shift_task.archive.read_bytes()


def test_entries_are_sorted_and_carry_a_fixed_date_and_mode(time_shift_task):
    with zipfile.ZipFile(time_shift_task.archive) as packed:
        entries = packed.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


def test_the_first_party_tasks_are_found_from_any_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "time-shift-detection" in task_names()


def test_the_checkout_around_the_current_directory_goes_first(checkout, monkeypatch):
    write_build(checkout)
    (checkout / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(checkout / "deep/er")
    assert task_names() == ("tiny",)


def test_an_unknown_task_is_answered_with_the_names_there_are(tmp_path):
    with pytest.raises(
        NotFound, check=coded("unknown-task"), match=r"no task 'time-shift'.*time-shift-detection"
    ):
        build_task("time-shift", tmp_path)


def test_a_name_with_a_path_in_it_is_no_task(tmp_path):
    with pytest.raises(NotFound, check=coded("unknown-task")):
        build_task("../tasks/time-shift-detection", tmp_path)


def test_outside_a_checkout_the_message_says_where_to_go(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tasks.valhub, "__file__", str(tmp_path / "lib/valhub/__init__.py"))
    with pytest.raises(NotFound, check=coded("tasks-not-found"), match="inside a checkout"):
        task_names()


def test_a_missing_package_is_named_with_the_mend(checkout, tmp_path):
    write_build(checkout, "import surely_not_installed.data")
    with pytest.raises(
        TaskBuildFailed,
        check=coded("task-needs-package"),
        match="needs the Python package surely_not_installed",
    ):
        build_task("tiny", tmp_path / "build")


def test_a_missing_distribution_is_named_with_the_mend(checkout, tmp_path):
    write_build(checkout, "import importlib.metadata as m", "m.distribution('surely-not-here')")
    with pytest.raises(
        TaskBuildFailed, check=coded("task-needs-package"), match=r"surely-not-here.*make setup"
    ):
        build_task("tiny", tmp_path / "build")


def test_a_build_that_fails_gives_its_reason(checkout, tmp_path):
    write_build(checkout, "raise SystemExit('The series is too short.')")
    with pytest.raises(TaskBuildFailed, match=r"The series is too short\."):
        build_task("tiny", tmp_path / "build")


def test_a_build_that_fails_leaves_the_older_package_and_nothing_else(checkout):
    write_build(checkout, "(destination / 'config.json').write_text('{}')")
    package = build_task("tiny", checkout / "build")
    before = package.read_bytes()
    write_build(checkout, "(destination / 'half').write_text('x')", "raise SystemExit(1)")
    with pytest.raises(TaskBuildFailed):
        build_task("tiny", checkout / "build")
    assert list((checkout / "build").iterdir()) == [package]
    assert package.read_bytes() == before
