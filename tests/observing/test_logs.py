import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog

from valhub.observing.logs import HIDDEN, hide_credentials, logging_settings


@pytest.fixture
def style() -> str:
    return "json"


@pytest.fixture
def written(style: str) -> Iterator[io.StringIO]:
    """Catch what the hub's own handler writes."""
    stream = io.StringIO()
    configuration = logging_settings(style, "INFO")
    formatter = configuration["formatters"]["hub"]  # type: ignore[index]
    handler = logging.StreamHandler(stream)
    factory = {key: value for key, value in formatter.items() if key != "()"}
    handler.setFormatter(formatter["()"](**factory))
    logging.getLogger("hub-test").addHandler(handler)
    yield stream
    logging.getLogger("hub-test").removeHandler(handler)


@pytest.mark.parametrize(
    "key", ["password", "Authorization", "set_cookie", "api_token", "SECRET_KEY"]
)
def test_a_credential_is_hidden_by_its_key(key: str) -> None:
    event = hide_credentials(None, "", {"event": "x", key: "hunter2", "in": {key: "hunter2"}})
    assert event == {"event": "x", key: HIDDEN, "in": {key: HIDDEN}}


@pytest.mark.parametrize(
    "text",
    [
        "GET /login?username=paul&password=hunter2 HTTP/1.1",
        '{"password": "hunter2", "username": "paul"}',
        "{'password': 'hunter2'}",
        "Authorization: Basic hunter2",
        "cannot reach postgres://hub:hunter2@db/hub",
        "Cookie: csrftoken=x; sessionid=hunter2",
        '{"new_password": "correct horse hunter2"}',
        "access_token=hunter2",
    ],
)
def test_a_credential_inside_a_text_is_hidden(text: str) -> None:
    assert "hunter2" not in str(hide_credentials(None, "", {"event": text}))


def test_a_text_without_credentials_is_left_alone() -> None:
    event = {"event": "shard 7 of run 3 took 12:30 on http://127.0.0.1:8080/x?page=2", "n": 3}
    assert hide_credentials(None, "", {**event}) == event


def test_structured_and_plain_lines_carry_what_the_context_is_bound_to(
    written: io.StringIO,
) -> None:
    with structlog.contextvars.bound_contextvars(submission_id="s1", shard_id=7):
        structlog.get_logger("hub-test").warning("claimed", attempt=2)
        logging.getLogger("hub-test").warning("plain %s", "line")
    first, second = map(json.loads, written.getvalue().splitlines())
    assert (first["event"], first["attempt"], first["level"]) == ("claimed", 2, "warning")
    assert second["event"] == "plain line"
    assert [line["shard_id"] for line in (first, second)] == [7, 7]


def test_a_traceback_is_one_line_and_shows_no_credential(written: io.StringIO) -> None:
    password = "hunter2"
    try:
        raise ConnectionError(f"refused: postgres://hub:{password}@db/hub")
    except ConnectionError:
        structlog.get_logger("hub-test").exception("failed")
    (line,) = written.getvalue().splitlines()
    assert "ConnectionError" in json.loads(line)["exception"]
    assert "hunter2" not in line


def test_what_strangers_sent_is_cut_and_acts_on_no_terminal(written: io.StringIO) -> None:
    logging.getLogger("hub-test").warning("rejected name=%s", "\x1b[2J\u202e" + "a" * 900_000)
    line = written.getvalue()
    assert len(line) < 30_000
    assert "\x1b" not in line
    assert "rejected name=" in line


@pytest.mark.parametrize("style", ["console"])
def test_a_line_for_people_is_one_line_and_acts_on_no_terminal(written: io.StringIO) -> None:
    nasty = "\x1b]8;;https://evil.example\x1b\\\u202e\u200f\u2028x\n2026-01-01 [info] forged"
    logging.getLogger("hub-test").warning("rejected name=%s", nasty)
    structlog.get_logger("hub-test").warning("rejected", name=nasty)
    assert len(written.getvalue().splitlines()) == 2
    assert "]8;;https://evil.example" in written.getvalue()
    assert [one for one in "\x1b\u202e\u200f\u2028" if one in written.getvalue()] == []


@pytest.mark.parametrize("style", ["console"])
def test_a_traceback_for_people_has_lines(written: io.StringIO) -> None:
    try:
        raise ConnectionError("refused\x1b[2J")
    except ConnectionError:
        structlog.get_logger("hub-test").exception("failed")
    assert len(written.getvalue().splitlines()) > 3
    assert "ConnectionError: refused" in written.getvalue()
    assert "\x1b" not in written.getvalue()
