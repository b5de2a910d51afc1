"""What answers need not be a hub, or one of this version: one sentence says so, with a fix."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.client.hubs.odd_replies import Odd, Reply
from valhub.client.cli import main
from valhub.client.exit_codes import ExitCode
from valhub.client.hubs.asking import download, send
from valhub.client.hubs.errors import HubRefused, HubUnreachable
from valhub.client.hubs.hub import Hub
from valhub.client.hubs.retries import TRIES

Start = Callable[..., Odd]
PROBLEM = "application/problem+json"
PAGE = Reply(kind="text/html; charset=utf-8", body=b"<html>Sign in to our network</html>")


def problem(status: int, code: str, **more: object) -> Reply:
    fields = {"title": "Title", "status": status, "code": code, "detail": "Do this.", **more}
    return Reply(status, PROBLEM, json.dumps(fields).encode())


def to(address: str) -> Reply:
    return Reply(302, headers={"Location": address})


ODD = {
    "login page": (PAGE, "A web page answered in place of the hub"),
    "login redirection": (to("https://sso.example/in"), "sso.example"),
    "moved": (to("https://new.example/api/v1/accounts/me"), "has moved"),
    "no hub": (Reply(404, "text/html", b"<html>"), "is no hub with an API"),
    "proxy's password": (Reply(407, "text/html", b"<html>"), "HTTPS_PROXY"),
    "server before it": (Reply(502, "text/html", b"<html>"), "is down"),
    "hub that stops": (problem(503, "unavailable"), "Do this."),
    "broken JSON": (Reply(body=b'{"id": '), "cut off or garbled"),
    "broken problem": (Reply(400, PROBLEM, b"{"), "is no hub with an API"),
    "problem of another kind": (Reply(400, PROBLEM, b"[]"), "is no hub with an API"),
    "answer that breaks off": (Reply(body=b"{}", whole=False), "broke off its answer"),
    "no document": (Reply(body=b"[]"), "has a shape"),
    "other fields": (Reply(body=b'{"id": 7}'), r"has a shape .*\(id\)"),
}


@pytest.mark.parametrize(("reply", "said"), ODD.values(), ids=ODD)
def test_what_is_no_hub_is_said_in_one_sentence_with_exit_code_5(
    odd: Start, reply: Reply, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VALHUB_TOKEN", "vh_x")
    address = odd(reply).address
    with pytest.raises(HubUnreachable, match=said):
        Hub(address, "vh_x").me()
    done = CliRunner().invoke(main, ["whoami", "--hub", address])
    assert done.exit_code == ExitCode.UNREACHABLE
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_a_wrong_token_is_not_stored(
    odd: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    address = odd(problem(401, "invalid-token")).address
    arguments = ["login", "--hub", address, "--token-stdin"]
    done = CliRunner().invoke(main, arguments, input="vh_wrong\n")
    assert done.exit_code == ExitCode.NOT_SIGNED_IN
    assert "does not know your token" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_hub_that_is_down_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(HubUnreachable, match=rf"127.0.0.1:{port} cannot be reached .* running"):
        Hub(f"http://127.0.0.1:{port}").analyses()


def test_a_hub_that_is_slow_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(HubUnreachable, match="too slow"):
            Hub(f"http://127.0.0.1:{port}", timeout_s=0.05).analyses()


def test_reading_is_tried_again_and_changing_is_not(odd: Start) -> None:
    recovers = odd(Reply(502, "text/html"), problem(503, "unavailable"), problem(404, "not-found"))
    with pytest.raises(HubRefused):
        Hub(recovers.address, "vh_x").me()
    assert len(recovers.asked) == 3
    broken = odd(Reply(502, "text/html"))
    with pytest.raises(HubUnreachable):
        Hub(broken.address, "vh_x").me()
    assert len(broken.asked) == TRIES
    with pytest.raises(HubUnreachable):
        Hub(broken.address, "vh_x").connection.run(send(broken.address, "POST", "/x/cancel"))
    assert [method for method, _ in broken.asked] == ["GET"] * TRIES + ["POST"]


def test_a_long_wait_is_left_to_the_caller(odd: Start) -> None:
    busy = odd(problem(429, "too-many"))
    busy.replies[0].headers["Retry-After"] = "3600"
    with pytest.raises(HubRefused) as refused:
        Hub(busy.address, "vh_x").me()
    assert (refused.value.code, len(busy.asked)) == ("too-many", 1)


def test_every_faulty_field_is_in_the_error(odd: Start) -> None:
    faults = [{"field": "name", "detail": "Too long.", "pointer": "#/name"}, "nonsense"]
    refusing = odd(problem(422, "invalid-fields", errors=faults))
    with pytest.raises(HubRefused) as refused:
        Hub(refusing.address, "vh_x").me()
    (fault,) = refused.value.faults
    assert (fault.field, fault.detail, fault.pointer) == ("name", "Too long.", "#/name")


def test_nothing_is_stored_of_a_download_that_breaks_off_or_is_a_page(
    odd: Start, tmp_path: Path
) -> None:
    for reply in (PAGE, Reply(kind="application/zip", body=b"PK", whole=False)):
        hub = Hub(odd(reply).address, "vh_x")
        with pytest.raises(HubUnreachable):
            hub.connection.run(
                download(hub.address, "/submissions/x/algorithm", tmp_path / "a.zip")
            )
    assert list(tmp_path.iterdir()) == []


def test_a_newer_hub_may_say_more(odd: Start) -> None:
    line = {"id": 1, "name": "A", "short_description": "", "state": "archived-in-2030"}
    line |= {"kind": "x", "version": 2, "created_at": "2030-01-01T00:00:00Z", "colour": "blue"}
    answering = odd(Reply(body=json.dumps({"items": [line], "next": None, "more": 1}).encode()))
    assert Hub(answering.address).analyses()[0].state == "archived-in-2030"
