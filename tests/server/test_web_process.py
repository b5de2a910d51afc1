"""A web process loads what it uses: no data library, and nothing that runs algorithms."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.made_once import made_once

ROOT = Path(__file__).parents[2]
LEFT_TO_OTHERS = (
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "boto3",
    "botocore",
    "celery",
    "kombu",
    "valhub.client",
    "valhub.evaluation.evaluate",
    "valhub.evaluation.execution",
    "valhub.evaluation.algorithm_reading",
    "valhub.evaluation.package_reading",
    "valhub.jobs.worker",
    "valhub.jobs.sweeper",
)


@pytest.fixture(scope="module")
def process(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_task: bytes,
    tiny_algorithm: Callable[..., bytes],
) -> dict[str, Any]:
    """What a process reports that has started, served the pages and accepted two uploads."""

    def report(folder: Path) -> None:
        (folder / "report.json").write_text(_report(folder, tiny_task, tiny_algorithm()))

    text = (made_once(tmp_path_factory, "web-process", report) / "report.json").read_text()
    found: dict[str, Any] = json.loads(text)
    return found


def _report(folder: Path, task: bytes, algorithm: bytes) -> str:
    (folder / "task.zip").write_bytes(task)
    (folder / "algorithm.zip").write_bytes(algorithm)
    environment = {
        **os.environ,
        "VALHUB_DATA": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "valhub.settings",
        "PYTHONPATH": str(ROOT),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "valhub.server", "migrate")
    script = str(Path(__file__).with_name("web_process.py"))
    return run(script, "task.zip", "algorithm.zip")


def test_it_serves_every_page_and_accepts_uploads(process: dict[str, Any]) -> None:
    assert [item for item in process["answers"].items() if item[1] != 200] == []


@pytest.mark.parametrize("name", LEFT_TO_OTHERS)
def test_it_never_loads_what_others_do(process: dict[str, Any], name: str) -> None:
    loaded = [module for module in process["loaded"] if f"{module}.".startswith(f"{name}.")]
    assert loaded == []
    assert name not in process["mapped"]


def test_it_reports_what_it_loaded(process: dict[str, Any]) -> None:
    assert {"django", "valhub.urls", "valhub.wsgi", "valhub.web.views.analyses"} < set(
        process["loaded"]
    )
    assert "pydantic_core" in process["mapped"]


def test_it_starts_in_a_hundred_mebibytes(process: dict[str, Any]) -> None:
    assert process["started_mib"] <= 100
