"""The documented reset: migrations of three applications are deleted, made again, and applied."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def project(tmp_path):
    """A copy of the project without the migrations that the document deletes."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "valhub", tmp_path / "valhub", ignore=left_out)
    for label in ("jobs", "analyses", "accounts"):
        for path in (tmp_path / "valhub" / label / "migrations").glob("0*.py"):
            path.unlink()
    return tmp_path


def manage(project, *arguments):
    environment = {**os.environ, "VALHUB_DATA": str(project / "data"), "PYTHONPATH": str(project)}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_documented_reset_procedure_makes_a_working_database(project):
    for label in ("accounts", "analyses", "jobs"):
        assert "Create model" in manage(project, "makemigrations", label)
    assert "Applying leaderboards.0001_initial" in manage(project, "migrate")
    assert "No changes detected" in manage(project, "makemigrations", "--check")
