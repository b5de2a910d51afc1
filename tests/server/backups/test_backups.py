"""A hub is backed up while it runs, and restored into empty ones that go on with its work."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from services.mariadb import running_mariadb
from services.postgresql import running_postgresql
from tests.jobs.final_parts import PARTS
from tiny.packing import zipped
from valhub.client.hub import Hub
from valhub.client.local_hub import running_hub

SLOW = """
import time

def estimate_azimuth(series):
    time.sleep(5)
    return series.iloc[0]
"""
PASSWORD = "correct horse battery staple"
ROOT = Path(__file__).parents[3]
HURRIED = {"VALHUB_POLL_MS": "50", "VALHUB_SWEEP_MS": "200", "VALHUB_LEASE_S": "3"}
TEXTS = dict.fromkeys(("description", "short_description", "ruleset", "dataset_description"), "")


def valhub(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "valhub.client.cli", *map(str, arguments)]
    environment = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def contents(backup: Path) -> tuple[Mapping[str, list[str]], Mapping[str, bytes]]:
    """Rows by table, and files by key; databases give rows and JSON back in orders of their own."""
    tables = {path.name: sorted(map(sorted_keys, lines(path))) for path in backup.glob("tables/*")}
    files = {path.name: path.read_bytes() for path in backup.glob("files/*/*")}
    assert len(tables["jobs.event.jsonl.gz"]) > 5
    return tables, files


def lines(table: Path) -> list[bytes]:
    return gzip.decompress(table.read_bytes()).splitlines(keepends=True)


def sorted_keys(line: bytes) -> str:
    return json.dumps(json.loads(line), sort_keys=True)


def signed_in(address: str) -> Hub:
    hub = Hub(address)
    hub.sign_in(username="olivia", password=PASSWORD)
    return hub


@pytest.fixture(scope="module")
def backup(
    tmp_path_factory: pytest.TempPathFactory,
    engine_cache: Path,
    tiny_algorithm: Callable[..., bytes],
) -> Path:
    """A backup of a hub with a finished submission and one that was running then.

    Its analysis has a final part, and a public one that is one file.
    """
    folder = tmp_path_factory.mktemp("backed-up")
    parts = {"data/file_metadata__csv": PARTS.replace("Hidden", "public")}
    (folder / "tiny.zip").write_bytes(zipped(ROOT / "tests/tiny/task", **parts))
    (folder / "quick.zip").write_bytes(tiny_algorithm())
    (folder / "slow.zip").write_bytes(tiny_algorithm(SLOW))
    environment = {"VALHUB_CACHE": str(engine_cache), "VALHUB_POLL_MS": "50"}
    with running_hub(folder / "data", workers=1, environment=environment) as running:
        hub = Hub(running.address)
        hub.register(username="olivia", email="olivia@example.org", password=PASSWORD)
        hub.sign_in(username="olivia", password=PASSWORD)
        analysis = hub.upload_analysis({**TEXTS, "analysis_name": "Tiny"}, folder / "tiny.zip")
        quick = hub.submit(analysis, folder / "quick.zip", display_name="quick")
        wait_until(lambda: hub.submission(quick.id).status == "finished")
        slow = hub.submit(analysis, folder / "slow.zip", display_name="slow")
        wait_until(lambda: hub.submission(slow.id).status == "running")
        done = valhub("backup", folder / "backup", f"--data={folder / 'data'}")
    assert done.returncode == 0, done.stderr
    assert "and 6 files to" in done.stdout
    rows = map(json.loads, lines(folder / "backup/tables/jobs.submission.jsonl.gz"))
    assert sorted(row["fields"]["status"] for row in rows) == ["finished", "running"]
    # What the finished run lost over its hidden files, and over its final part.
    assert len(lines(folder / "backup/tables/leaderboards.runlosses.jsonl.gz")) == 2
    assert "final:mean_absolute_error_azimuth" in scored_columns(folder / "backup")
    return folder / "backup"


def scored_columns(backup: Path) -> set[str]:
    rows = map(json.loads, lines(backup / "tables/leaderboards.score.jsonl.gz"))
    return {row["fields"]["column"] for row in rows if row["fields"]["value"] is not None}


def wait_until(done: Callable[[], bool], within_s: float = 240) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.05)


@pytest.fixture(params=[running_postgresql, running_mariadb], ids=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with request.param(tmp_path) as url:
        yield url


def test_a_restored_hub_goes_on_with_what_it_was_doing(
    backup: Path, tmp_path: Path, engine_cache: Path
) -> None:
    data = tmp_path / "data"
    assert valhub("restore", backup, f"--data={data}").returncode == 0
    environment = {"VALHUB_CACHE": str(engine_cache)} | HURRIED
    with running_hub(data, workers=1, environment=environment) as running:
        hub = signed_in(running.address)
        entered = hub.submit(1, backup.parent / "quick.zip")
        own = [one.id for one in hub.leaderboard(1)] + [entered.id]
        wait_until(lambda: len(hub.leaderboard(1)) == 1 and has_finished_all(hub))
        assert len(own) == 2


def has_finished_all(hub: Hub) -> bool:
    rows = json.loads(hub._get(f"/jobs/user_submission/{hub.account_id}"))
    return [row["fields"]["status"] for row in rows] == ["finished"] * 3


def test_a_backup_moves_to_another_database_and_back(
    backup: Path, database: str, tmp_path: Path
) -> None:
    data, again = f"--data={tmp_path / 'data'}", tmp_path / "again"
    done = valhub("restore", backup, data, DATABASE_URL=database)
    assert (done.returncode, done.stderr) == (0, "")
    assert valhub("backup", again, data, DATABASE_URL=database).returncode == 0
    (rows, files), (rows_again, files_again) = contents(backup), contents(again)
    assert [name for name in rows if rows_again[name] != rows[name]] == []
    assert files_again == files
    assert told_once_more(database, tmp_path / "data") == "x"


def told_once_more(database: str, data: Path) -> str:
    """Write a row, which has to get a number after those that were restored."""
    source = (
        "from valhub.jobs.models import Event, Submission; "
        "from valhub.jobs.services.events import record_event; "
        "record_event(Submission.objects.first().pk, 'x'); print(Event.objects.latest('pk').kind)"
    )
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", source]
    environment = {**os.environ, "DATABASE_URL": database, "VALHUB_DATA": str(data)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def altered(backup: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(backup, tmp_path / "altered"))


def restored(backup: Path, tmp_path: Path) -> str:
    """What the command says when it refuses."""
    done = valhub("restore", backup, f"--data={tmp_path / 'data'}")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_backup_that_was_cut_short_is_refused(backup: Path, tmp_path: Path) -> None:
    short = altered(backup, tmp_path)
    (short / "manifest.json").unlink()
    assert "is not a backup: manifest.json is missing" in restored(short, tmp_path)


def test_an_altered_archive_is_refused(backup: Path, tmp_path: Path) -> None:
    other = altered(backup, tmp_path)
    next(other.glob("files/submission_files/*")).write_bytes(b"PK other")
    assert "not as it was backed up" in restored(other, tmp_path)


@pytest.mark.parametrize("kept", [0.5, 0.0])
def test_a_table_that_was_cut_off_restores_no_row(
    backup: Path, tmp_path: Path, kept: float
) -> None:
    other = altered(backup, tmp_path)
    table = other / "tables/jobs.event.jsonl.gz"
    rows = lines(table)
    table.write_bytes(gzip.compress(b"".join(rows[: int(len(rows) * kept)])))
    assert f"of {len(rows)} rows of jobs.event" in restored(other, tmp_path)
    again = valhub("restore", backup, f"--data={tmp_path / 'data'}")
    assert again.returncode == 0, again.stderr


def test_a_broken_table_is_refused(backup: Path, tmp_path: Path) -> None:
    other = altered(backup, tmp_path)
    table = other / "tables/jobs.event.jsonl.gz"
    table.write_bytes(table.read_bytes()[:-20])
    assert "cannot be read" in restored(other, tmp_path)


def test_a_backup_of_another_database_version_is_refused(backup: Path, tmp_path: Path) -> None:
    other = altered(backup, tmp_path)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest |= {"version": "9.9", "migrations": [*manifest["migrations"], "jobs.0099_future"]}
    (other / "manifest.json").write_text(json.dumps(manifest))
    assert "version 9.9, whose database differs" in restored(other, tmp_path)


def test_a_hub_that_has_something_is_left_alone(backup: Path, tmp_path: Path) -> None:
    assert valhub("restore", backup, f"--data={tmp_path / 'data'}").returncode == 0
    assert "already; nothing was changed" in restored(backup, tmp_path)


def test_a_folder_that_holds_something_is_not_overwritten(backup: Path) -> None:
    done = valhub("backup", backup, f"--data={backup.parent / 'data'}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not empty. Name a new folder" in done.stderr


def test_a_lost_archive_is_told_and_the_rest_is_backed_up(backup: Path, tmp_path: Path) -> None:
    data = f"--data={tmp_path / 'data'}"
    assert valhub("restore", backup, data).returncode == 0
    next((tmp_path / "data/files/submission_files").iterdir()).unlink()
    done = valhub("backup", tmp_path / "second", data)
    assert done.returncode == 2
    assert "1 stored files are missing or altered" in done.stderr
    assert "and 5 files to" in done.stdout
    assert valhub("restore", tmp_path / "second", f"--data={tmp_path / 'third'}").returncode == 0


def test_nobody_else_can_read_a_backup(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o700
