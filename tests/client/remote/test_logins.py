"""Logins: one file, its owner's alone, with a token for each hub."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from valhub.client.exit_codes import ExitCode
from valhub.client.hubs.errors import SignInNeeded
from valhub.client.remote.logins import (
    Login,
    UnusableLogins,
    logins_file,
    read_logins,
    remove_login,
    store_login,
)
from valhub.client.remote.opening import chosen_hub, open_hub, privacy_note, token_for
from valhub.errors import MissingField, NotFound

A, B = "https://a.example", "https://b.example"
MINE = Login("vh_mine", "paul")


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("VALHUB_HUB", raising=False)
    monkeypatch.delenv("VALHUB_TOKEN", raising=False)


def test_a_login_is_its_owners_alone() -> None:
    store_login(A, MINE)
    assert logins_file().stat().st_mode & 0o777 == 0o600
    assert logins_file().parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in logins_file().parent.iterdir()] == [logins_file().name]


def test_there_is_one_login_for_each_hub_and_the_last_one_counts() -> None:
    store_login(A, MINE)
    store_login(B, Login("vh_other", "paula"))
    assert (chosen_hub(None), token_for(A), token_for(B)) == (B, "vh_mine", "vh_other")
    assert remove_login(B).username == "paula"
    assert (chosen_hub(None), token_for(B)) == (A, None)
    with pytest.raises(NotFound):
        remove_login(B)


def test_the_option_goes_before_the_variable_and_the_variable_before_the_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store_login(A, MINE)
    monkeypatch.setenv("VALHUB_HUB", "b.example")
    monkeypatch.setenv("VALHUB_TOKEN", " vh_given ")
    assert (chosen_hub(None), chosen_hub("c.example")) == (B, "https://c.example")
    assert token_for(A) == "vh_given"


def test_without_a_hub_or_a_login_there_is_a_way_to_one() -> None:
    with pytest.raises(MissingField, match="valhub login --hub"):
        chosen_hub(None)
    with pytest.raises(SignInNeeded, match=f"valhub login --hub {A}"):
        open_hub(A)


@pytest.mark.parametrize("text", ["{", "[]", '{"hubs": {"x": {}}}', '{"hubs": 7}', "\0"])
def test_a_broken_file_is_named(text: str) -> None:
    store_login(A, MINE)
    logins_file().write_text(text)
    with pytest.raises(UnusableLogins, match=r"logins.json` is broken"):
        read_logins()


def test_tokens_that_others_can_read_are_not_used() -> None:
    store_login(A, MINE)
    logins_file().chmod(0o640)
    with pytest.raises(UnusableLogins, match="Others can read"):
        token_for(A)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("in the way")
    with pytest.raises(UnusableLogins):
        store_login(A, MINE)


def test_a_connection_that_others_hear_is_noted() -> None:
    assert "not encrypted" in privacy_note("http://hub.example")
    assert privacy_note(A) == privacy_note("http://localhost:8080") == ""


@pytest.mark.parametrize("text", ["", "two words", "vh_\x1b[2J", "vh_ä"])
def test_what_is_no_token_is_not_sent(valhub: Callable[..., Result], text: str) -> None:
    done = valhub("login", "--hub", "127.0.0.1:9", "--token-stdin", sent=f"{text}\n")
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "not a token" in done.stderr


def test_logins_are_plain_json() -> None:
    store_login(A, MINE)
    assert json.loads(logins_file().read_text())["hubs"][A]["username"] == "paul"
