"""What `valhub admin status` shows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import timezone

from valhub.jobs.models import Worker
from valhub.server.administration.group import admin

ROOT = Path(__file__).parents[3]


@pytest.mark.django_db
def test_workers_and_space_are_shown(hub_data: Path) -> None:
    Worker.objects.create(name="host-7", heartbeat_at=timezone.now(), trouble="no sandbox")
    (hub_data / "cache").mkdir()
    (hub_data / "cache" / "large").write_bytes(b"x" * 3_000_000)
    document = json.loads(CliRunner().invoke(admin, ["status", "--json"]).output)
    assert document["workers"] == {"alive": 1, "in_trouble": 1, "instances": 0}
    assert 3_000_000 <= document["bytes"]["cache"] < 3_100_000
    [data, cache] = document["disks"].values()
    assert 0 < data["free"] < data["size"]
    assert cache["disk"] == "cache"
    text = CliRunner().invoke(admin, ["status"]).output
    assert "in trouble" in text
    assert re.search(r", data +[\d.]+ [GMT]iB free of [\d.]+ [GMT]iB", text)
    assert "2.86 MiB" in text
    assert "queues: none" in text


@pytest.mark.django_db
def test_files_in_a_bucket_take_no_space_here(settings: object, hub_data: Path) -> None:
    bucket = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": bucket}  # type: ignore[attr-defined]
    document = json.loads(CliRunner().invoke(admin, ["status", "--json"]).output)
    assert document["bytes"]["files"] is None
    assert "not here" in CliRunner().invoke(admin, ["status"]).output


def command(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("valhub"), "admin", "--data", data, *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_asks_for_a_database_and_shows_its_help_without(tmp_path: Path) -> None:
    wanted = command(tmp_path / "hub", "status")
    assert wanted.returncode == 2
    assert "is not ready for this version" in wanted.stderr
    assert not (tmp_path / "hub").exists()
    shown = command(tmp_path / "hub", "delete-analysis", "--help")
    assert (shown.returncode, "for good" in shown.stdout) == (0, True)
