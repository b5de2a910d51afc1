from pathlib import Path

import pytest

from valhub.client.locations import PathNotFound, locate_algorithm, locate_package


def test_a_path_comes_before_a_built_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "shifts.zip").touch()
    assert locate_package("shifts") == Path("build/shifts.zip")
    (tmp_path / "shifts").mkdir()
    assert locate_package("shifts") == Path("shifts")


def test_what_is_nowhere_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match="valhub task build NAME"):
        locate_package("nowhere")
    with pytest.raises(PathNotFound, match="Check the path"):
        locate_algorithm(str(tmp_path / "nowhere"))
