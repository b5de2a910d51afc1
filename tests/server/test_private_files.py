"""No other account of the machine reads what the hub keeps, whatever the shell's umask."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pytest_django import Settings

import valhub
from tests.evaluation.execution.sandbox.plain_account import as_plain_user, plain_folder
from valhub.client.local_hub import LocalHub, running_hub
from valhub.client.result_document import write_text
from valhub.cloud.databases import SQLITE
from valhub.server.private_files import close_to_others

ROOT = Path(valhub.__file__).parents[1]
SERVER = [sys.executable, "-P", "-m", "valhub.server"]
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    """What another account reaches below a folder that it may enter; the folder itself too."""
    found = [str(folder)] if mode(folder) & OTHERS else []
    for path in folder.iterdir():
        if mode(path) & OTHERS:
            found += open_to_others(path) if path.is_dir() else [str(path)]
    return found


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    """A hub started from a shell whose umask hides nothing."""
    with umask(0), running_hub(tmp_path_factory.mktemp("hub") / "data", workers=1) as running:
        yield running


def data_of(hub: LocalHub) -> Path:
    return hub.log.with_suffix("")


@pytest.mark.slow
def test_everything_in_the_data_folder_is_private(open_hub: LocalHub) -> None:
    names = {path.name for path in data_of(open_hub).iterdir()}
    assert {"hub.lock", "secret-key"} <= names
    assert open_to_others(data_of(open_hub)) == []
    assert mode(open_hub.log) & OTHERS == 0


def umasks(hub: LocalHub) -> dict[str, str]:
    """The umask of each of a hub's processes, by number and command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            told = re.search(r"^Umask:\t(\d+)", (folder / "status").read_text(), re.M)
            if f"VALHUB_DATA={data_of(hub)}".encode() in variables and told:
                found[f"{folder.name} {command}"] = told[1]
    return found


@pytest.mark.slow
def test_every_process_of_the_hub_makes_private_files(open_hub: LocalHub) -> None:
    found = umasks(open_hub)
    for part in ("valhub.server up", "gunicorn", "valhub.server worker", "valhub.server sweep"):
        assert any(part in name for name in found), found
    assert sum("gunicorn" in name for name in found) >= 3  # and its children
    assert set(found.values()) == {"0077"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [[*SERVER, "migrate"], [sys.executable, str(ROOT / "manage.py"), "migrate"]]
)
def test_every_command_that_makes_the_database_makes_it_private(
    tmp_path: Path, command: list[str]
) -> None:
    data = tmp_path / "data"
    environment = {name: v for name, v in os.environ.items() if name != "DATABASE_URL"}
    environment["VALHUB_DATA"] = str(data)
    with umask(0):
        subprocess.run(command, check=True, capture_output=True, env=environment)
    assert (data / "hub.sqlite3").stat().st_size > 0
    assert open_to_others(data) == []


def entry_points() -> list[Path]:
    """What a process of the hub can begin with: each names the settings."""
    candidates = [ROOT / "manage.py", *sorted((ROOT / "valhub").rglob("*.py"))]
    return [path for path in candidates if "DJANGO_SETTINGS_MODULE" in path.read_text()]


def test_every_way_to_start_a_process_sets_the_umask() -> None:
    assert len(entry_points()) == 3
    for path in entry_points():
        assert re.search(r"^ *keep_files_private\(\)$", path.read_text(), re.M), path


EARLIER = ("hub.sqlite3", "hub.sqlite3-wal", "hub.sqlite3-shm", "hub.lock", "secret-key")


def use_database(monkeypatch: pytest.MonkeyPatch, settings: Settings, file: Path) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", SQLITE)
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(file))


@pytest.fixture
def earlier(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a release that left it to the umask."""
    data = tmp_path / "data"
    with umask(0o022):
        (data / "files" / "submission_files").mkdir(parents=True)
        (data / "cache" / "environments").mkdir(parents=True)
        for name in (*EARLIER, "files/submission_files/one.zip"):
            (data / name).write_text("private")
    settings.DATA, settings.ENGINE_CACHE = data, data / "cache"
    use_database(monkeypatch, settings, data / "hub.sqlite3")
    return data


def test_what_an_earlier_release_left_open_is_closed(earlier: Path) -> None:
    assert len(open_to_others(earlier)) > len(EARLIER)
    close_to_others()
    assert open_to_others(earlier) == []
    assert {name: mode(earlier / name) for name in EARLIER} == dict.fromkeys(EARLIER, 0o600)


def test_a_folder_with_somebody_elses_files_keeps_its_mode(earlier: Path) -> None:
    (earlier / "notes.txt").write_text("not the hub's")
    (earlier / "notes.txt").chmod(0o644)
    close_to_others()
    assert open_to_others(earlier) == [str(earlier), str(earlier / "notes.txt")]


def test_a_database_and_a_cache_elsewhere_are_closed_too(
    earlier: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = earlier.with_name("elsewhere")
    with umask(0o022):
        (elsewhere / "data").mkdir(parents=True)
        (elsewhere / "own.sqlite3").write_text("private")
    settings.ENGINE_CACHE = elsewhere
    use_database(monkeypatch, settings, elsewhere / "own.sqlite3")
    close_to_others()
    assert open_to_others(elsewhere) == [str(elsewhere)]


@pytest.mark.slow
def test_a_start_closes_what_is_open(earlier: Path) -> None:
    """Here the database of the earlier release is none, which is found out after that."""
    environment = {**os.environ, "VALHUB_DATA": str(earlier)}
    subprocess.run([*SERVER, "sweep", "--once"], check=False, capture_output=True, env=environment)
    assert open_to_others(earlier) == []


@pytest.mark.slow
@pytest.mark.parametrize("started_by", [list, as_plain_user])
def test_a_sandbox_reads_what_it_must_where_nobody_else_reads_anything(
    started_by: Callable[[Sequence[str]], list[str]],
) -> None:
    tiny = ROOT / "tests" / "tiny"
    with plain_folder() as home:
        told = home / "result.json"
        run = [sys.executable, "-B", "-P", "-m", "valhub.client.cli", "run"]
        run += [str(tiny / "task"), str(tiny / "algorithm"), f"--json={told}"]
        done = subprocess.run(
            started_by(["sh", "-c", 'umask 077; exec "$@"', "sh", *run]),
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(home), "VALHUB_CACHE": f"{home}/cache"},
        )
        assert done.returncode == 0, done.stderr.decode()
        assert (mode(home / "cache"), mode(told)) == (0o700, 0o600)
        verdicts = [file["verdict"] for file in json.loads(told.read_text())["files"]]
    assert verdicts == ["scored"] * 4


@pytest.mark.parametrize(("mask", "wanted"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_what_somebody_asked_for_follows_their_umask(
    tmp_path: Path, mask: int, wanted: int
) -> None:
    with umask(mask):
        write_text(tmp_path / "result.json", "{}")
    assert mode(tmp_path / "result.json") == wanted
