from pathlib import Path

import pytest

from error_codes import coded
from valhub.client.locations import locate_algorithm, locate_package
from valhub.errors import NotFound


def test_a_path_comes_before_a_built_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "shifts.zip").touch()
    assert locate_package("shifts") == Path("build/shifts.zip")
    (tmp_path / "shifts").mkdir()
    assert locate_package("shifts") == Path("shifts")


def test_what_is_nowhere_is_reported_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(
        NotFound,
        check=coded("not-found"),
        match=r"`nowhere` does not exist\. Check the path, or build a task: valhub task build NAME "
        r"\(NAME is one of time-shift-detection\)\.",
    ):
        locate_package("nowhere")
    with pytest.raises(NotFound, check=coded("not-found"), match="Check the path"):
        locate_algorithm(str(tmp_path / "nowhere"))


def test_a_task_that_is_not_built_is_reported_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="Build the task first: valhub task build time-shift-detect"):
        locate_package("time-shift-detection")
    with pytest.raises(NotFound, match=r"Did you mean `time-shift-detection`\?"):
        locate_package("time-shift-detecton")


def test_a_misspelt_path_is_reported_with_the_folder_that_exists(tmp_path: Path) -> None:
    (tmp_path / "solar_noon").mkdir()
    (tmp_path / "solar_noon.txt").touch()
    for locate in (locate_package, locate_algorithm):
        with pytest.raises(NotFound, match=rf"Did you mean `{tmp_path}/solar_noon`\?"):
            locate(f"{tmp_path}/solar_non")
    with pytest.raises(NotFound, match=r"does not exist\. Check the path"):
        locate_package(f"{tmp_path}/unlike")
