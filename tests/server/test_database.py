import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.databases import empty_database

ROOT = Path(__file__).parents[2]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """DATABASE_URL of an empty database."""
    with empty_database(tmp_path) as url:
        yield url


def valhub(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "valhub.client.cli", *map(str, arguments)]
    environment = {**os.environ, **settings}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
@pytest.mark.parametrize("command", [("worker",), ("sweep", "--once")])
def test_without_tables_a_process_does_not_begin(
    command: tuple[str, ...], address: str, tmp_path: Path
) -> None:
    done = valhub(*command, "--data", tmp_path, DATABASE_URL=address)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: The database ")
    assert "is not ready for this version. Start the hub with valhub up" in done.stderr
    assert ("name that folder with --data" in done.stderr) == address.startswith("sqlite")


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("sqlite://", "no/hub cannot be opened: unable to open database file. Name a folder"),
        ("postgresql://me:secret@", "does not answer: "),
        ("mysql://me:secret@", "does not answer: "),
    ],
)
def test_a_database_that_does_not_answer_is_told_without_a_traceback(
    server: str, said: str, tmp_path: Path
) -> None:
    address = f"{server}127.0.0.1:1/no-such-folder/hub" if "@" in server else f"{server}/no/hub"
    done = valhub("up", "--port=0", "--data", tmp_path, DATABASE_URL=address)
    assert done.returncode == 2
    assert done.stderr.startswith(f"Error: The database {said}")
    assert "secret" not in done.stderr


@pytest.mark.slow
def test_without_an_address_the_database_is_in_the_data_folder(tmp_path: Path) -> None:
    manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    environment = {**os.environ, "DATABASE_URL": "", "VALHUB_DATA": str(tmp_path)}
    subprocess.run(manage, check=True, cwd=ROOT, env=environment)
    assert (tmp_path / "hub.sqlite3").exists()


@pytest.mark.slow
def test_one_sweep_of_a_ready_hub_ends_well(address: str, tmp_path: Path) -> None:
    manage = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    environment = {**os.environ, "DATABASE_URL": address, "VALHUB_DATA": str(tmp_path)}
    subprocess.run(manage, check=True, cwd=ROOT, env=environment)
    assert valhub("sweep", "--once", "--data", tmp_path, DATABASE_URL=address).returncode == 0
