import os
import subprocess
import sys
from pathlib import Path

import pytest


def valhub(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "valhub.client.cli", *map(str, arguments)]
    environment = {**os.environ, **settings}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("command", [("worker",), ("sweep", "--once")])
def test_without_tables_a_process_does_not_begin(command: tuple[str, ...], tmp_path: Path) -> None:
    done = valhub(*command, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: The database of {tmp_path / 'data'} is not ready")
    assert "valhub up" in done.stderr


def test_a_database_that_does_not_answer_is_told_without_a_traceback(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'no-such-folder' / 'hub.sqlite3'}"
    done = valhub("up", "--port=0", "--data", tmp_path, DATABASE_URL=address)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: The database does not answer: unable to open")


def test_one_sweep_of_a_ready_hub_ends_well(tmp_path: Path) -> None:
    manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    root = Path(__file__).parents[2]
    subprocess.run(manage, check=True, cwd=root, env={**os.environ, "VALHUB_DATA": str(tmp_path)})
    assert valhub("sweep", "--once", "--data", tmp_path).returncode == 0
