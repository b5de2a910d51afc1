import os
import subprocess
from pathlib import Path

import pytest

from services.tied import tied
from valhub.observing.metrics_folder import FOLDER_VARIABLE, remove_count_folder, take_count_folder


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back, after the test, the variable that is set in it."""
    monkeypatch.setenv(FOLDER_VARIABLE, "")


def left_by(process: int, parent: Path) -> Path:
    counts = parent / f"valhub-requests-{process}-x" / "histogram_7.db"
    counts.parent.mkdir(parents=True)
    counts.write_bytes(b"counts")
    return counts


def ended_process() -> int:
    with tied(subprocess.Popen(["true"])) as process:
        process.wait()
    return process.pid


def test_counts_start_in_an_empty_folder_that_the_environment_names(tmp_path: Path) -> None:
    left_by(os.getpid(), tmp_path)
    take_count_folder(tmp_path)
    folder = Path(os.environ[FOLDER_VARIABLE])
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_folder_is_gone_at_the_end(tmp_path: Path) -> None:
    take_count_folder(tmp_path)
    remove_count_folder()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_web_server_left_is_removed(tmp_path: Path) -> None:
    counts = left_by(ended_process(), tmp_path)
    take_count_folder(tmp_path)
    assert not counts.parent.exists()


def test_another_web_server_that_lives_keeps_its_counts(tmp_path: Path) -> None:
    counts = left_by(os.getppid(), tmp_path)
    take_count_folder(tmp_path)
    assert counts.read_bytes() == b"counts"
