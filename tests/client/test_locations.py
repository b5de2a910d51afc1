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


def test_what_is_nowhere_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(NotFound, check=coded("not-found"), match="valhub task build NAME"):
        locate_package("nowhere")
    with pytest.raises(NotFound, check=coded("not-found"), match="Check the path"):
        locate_algorithm(str(tmp_path / "nowhere"))
