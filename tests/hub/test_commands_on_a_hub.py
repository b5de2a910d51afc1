"""The commands and the client against a running hub, as a participant uses them."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from valhub.client import AsyncHub, Hub
from valhub.client.cli import main
from valhub.client.exit_codes import ExitCode
from valhub.client.hub import Hub as DocumentedHub
from valhub.client.hubs.errors import HubRefused, SignInNeeded
from valhub.client.local_hub import LocalHub

PASSWORD = "a long password of theirs"
TEXTS = ("description", "short_description", "ruleset", "dataset_description")


def new_account(hub: LocalHub, name: str) -> DocumentedHub:
    person = DocumentedHub(hub.address)
    person.register(username=name, email=f"{name}@example.org", password=PASSWORD)
    person.sign_in(username=name, password=PASSWORD)
    return person


def token_of(hub: LocalHub, name: str, *scopes: str) -> str:
    with httpx2.Client(base_url=hub.address) as session:
        session.post("/login", data={"username": name, "password": PASSWORD}).raise_for_status()
        made = session.post("/api/v1/tokens", json={"name": "test", "scopes": scopes})
        return str(made.raise_for_status().json()["token"])


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory, tiny_task: bytes) -> Path:
    folder = tmp_path_factory.mktemp("archives")
    (folder / "task.zip").write_bytes(tiny_task)
    return folder


@pytest.fixture(scope="module")
def analysis(busy_hub: LocalHub, archives: Path, fresh_name: Callable[[], str]) -> int:
    """An analysis of four files, called `Azimuths of NAME`."""
    name = fresh_name()
    fields = {"analysis_name": f"Azimuths of {name}", **dict.fromkeys(TEXTS, "")}
    return new_account(busy_hub, name).upload_analysis(fields, archives / "task.zip")


@pytest.fixture(scope="module")
def paul(busy_hub: LocalHub, fresh_name: Callable[[], str]) -> str:
    name = fresh_name()
    new_account(busy_hub, name)
    return name


@pytest.fixture(scope="module")
def token(busy_hub: LocalHub, paul: str) -> str:
    return token_of(busy_hub, paul, "submit")


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is signed in yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))


@pytest.fixture
def folder(tmp_path: Path, tiny_algorithm: Callable[..., bytes]) -> Callable[..., Path]:
    """Writes an algorithm as a .zip."""

    def write(source: str | None = None) -> Path:
        path = tmp_path / "mine.zip"
        path.write_bytes(tiny_algorithm(source))
        return path

    return write


def valhub(*arguments: object, sent: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments], input=sent)


def document(result: Result) -> object:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.slow
def test_ten_minutes_from_login_to_the_leaderboard(
    busy_hub: LocalHub, analysis: int, paul: str, token: str, folder: Callable[..., Path]
) -> None:
    signed_in = valhub("login", "--hub", busy_hub.address, "--token-stdin", sent=f"{token}\n")
    assert signed_in.stdout.startswith(f"You are signed in at {busy_hub.address[:-1]} as {paul}.")
    assert document(valhub("whoami", "--format", "json(username)")) == {"username": paul}
    listed = document(valhub("analyses", "--format", "json(id)"))
    assert {"id": analysis} in listed
    shown = document(valhub("show", analysis, "--format", "json(id,quota.today)"))
    assert shown == {"id": analysis, "quota.today": 1000}
    done = valhub("submit", analysis, folder(), "--name", "First try", "--format", "json", "--wait")
    ended = document(done)
    assert (ended["status"], ended["result"]["verdict"]) == ("finished", "scored")
    board = valhub("leaderboard", analysis)
    assert "First try" in board.stdout
    assert paul in board.stdout
    assert document(valhub("quota", analysis, "--format", "json(today)")) == {"today": 999}
    results = valhub("results", ended["id"], "--format", "csv(name,verdict)")
    assert results.stdout.splitlines()[0] == "name,verdict"
    assert "is removed from this machine" in valhub("logout").stdout
    assert valhub("whoami").exit_code == ExitCode.BAD_INPUT


def test_five_lines_from_an_analysis_to_its_score(
    busy_hub: LocalHub, analysis: int, token: str, folder: Callable[..., Path]
) -> None:
    hub = Hub(busy_hub.address, token)
    found = hub.analysis(analysis)
    submission = found.submit(folder()).wait()
    assert submission.result is not None
    assert submission.result["verdict"] == "scored"
    board = found.leaderboard()
    frame = board.to_pandas()
    assert list(frame["submission"]) == [one.submission for one in board]
    assert {one.name for one in board.columns} <= set(frame.columns)
    assert submission.details.id in submission._repr_html_()


@pytest.mark.slow
def test_the_same_awaited(
    busy_hub: LocalHub, analysis: int, token: str, folder: Callable[..., Path]
) -> None:
    async def steps() -> tuple[str, int]:
        async with AsyncHub(busy_hub.address, token) as hub:
            found = await hub.analysis((await hub.analyses(limit=1))[0].name)
            submission = await (await hub.analysis(analysis)).submit(folder())
            await submission.wait()
            assert found.details.name.startswith("Azimuths")
            return submission.status, len(await submission.files())

    status, files = asyncio.run(steps())
    assert status == "finished"
    assert files > 0


@pytest.mark.slow
def test_the_folder_to_begin_from_is_submitted_as_it_is(
    busy_hub: LocalHub,
    analysis: int,
    token: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VALHUB_HUB", busy_hub.address)
    monkeypatch.setenv("VALHUB_TOKEN", token)
    folder = tmp_path / "begin"
    begun = valhub("init", analysis, folder)
    assert f"valhub submit {analysis} {folder / 'algorithm'} --wait" in begun.stdout
    assert valhub("submit", analysis, folder / "algorithm", "--wait").exit_code == ExitCode.SCORED
    assert valhub("init", analysis, folder).exit_code == ExitCode.BAD_INPUT
    assert valhub("check", folder / "algorithm").exit_code == 0
    # This analysis keeps all of its files to itself.
    nothing = valhub("data", analysis, tmp_path / "data")
    assert nothing.exit_code == ExitCode.BAD_INPUT
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.slow
def test_an_algorithm_that_fails_is_followed_listed_and_run_again(
    busy_hub: LocalHub,
    analysis: int,
    token: str,
    folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VALHUB_HUB", busy_hub.address)
    monkeypatch.setenv("VALHUB_TOKEN", token)
    broken = folder("def estimate_azimuth(series):\n    raise ValueError(1)\n")
    done = valhub("submit", analysis, broken, "--wait", "--format", "json(id)")
    assert done.exit_code == ExitCode.FAILED, done.output
    number = json.loads(done.stdout)["id"]
    followed = valhub("logs", number, "--follow")
    assert followed.stdout.splitlines()[0].endswith("submitted")
    assert ": error" in followed.stdout
    assert number in valhub("submissions", "--analysis", analysis).stdout
    assert "run 2" in valhub("rerun", number).stdout
    assert valhub("status", number, "--wait").exit_code == ExitCode.FAILED
    # It has ended, so there is nothing to cancel.
    assert valhub("cancel", number).exit_code == ExitCode.BAD_INPUT


def test_what_the_hub_would_refuse_is_not_sent(
    busy_hub: LocalHub,
    analysis: int,
    token: str,
    folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VALHUB_HUB", busy_hub.address)
    monkeypatch.setenv("VALHUB_TOKEN", token)
    before = len(Hub(busy_hub.address, token).submissions())
    done = valhub("submit", analysis, folder("def another(series):\n    return 1\n"))
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "estimate_azimuth" in done.stderr
    assert len(Hub(busy_hub.address, token).submissions()) == before


def test_a_refusal_carries_the_hubs_own_code(
    busy_hub: LocalHub, analysis: int, paul: str, folder: Callable[..., Path]
) -> None:
    reader = Hub(busy_hub.address, token_of(busy_hub, paul, "read"))
    with pytest.raises(HubRefused) as refused:
        reader.analysis(analysis).submit(folder())
    assert (refused.value.code, refused.value.status) == ("needs-scope", 403)
    with pytest.raises(SignInNeeded, match=f"valhub login --hub {busy_hub.address[:-1]}"):
        Hub(busy_hub.address, "vh_of-nobody").me()


def test_lists_are_read_to_their_end(busy_hub: LocalHub, token: str, analysis: int) -> None:
    hub = Hub(busy_hub.address, token)
    everything = [one.id for one in hub.analyses()]
    assert [one.id for one in hub.analyses(limit=1)] == everything[:1]
    assert analysis in everything
