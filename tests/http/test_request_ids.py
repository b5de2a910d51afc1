import base64
import json
from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]


def request_line(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    lines: list[dict[str, object]] = [
        record.msg for record in caplog.records if record.name == "valhub.http.request_ids"
    ]  # type: ignore[assignment]
    return lines[-1]


def test_a_request_is_one_line(
    as_: As, participant: Account, caplog: pytest.LogCaptureFixture
) -> None:
    as_(participant).get("/account/list?page=2", headers={"X-Request-ID": "from-proxy-7"})
    line = request_line(caplog)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/account/list", 200)
    assert (line["request_id"], line["account_id"]) == ("from-proxy-7", str(participant.pk))
    assert isinstance(line["duration_ms"], float)


def test_an_anonymous_request_names_no_account_of_an_earlier_one(
    as_: As, participant: Account, caplog: pytest.LogCaptureFixture
) -> None:
    as_(participant).get("/account/list")
    as_(None).get("/account/list")
    assert "account_id" not in request_line(caplog)


def test_the_id_of_a_request_is_sent_back(as_: As) -> None:
    answer = as_(None).get("/livez", headers={"X-Request-ID": "from-proxy-7"})
    assert answer.headers["X-Request-ID"] == "from-proxy-7"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\nb", "ä"])
def test_an_unusable_id_is_replaced(as_: As, given: str) -> None:
    sent_back = as_(None).get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert sent_back != given
    assert len(sent_back) == 32


@pytest.mark.parametrize("known", [True, False])
def test_no_way_of_signing_in_leaves_a_credential_in_the_logs(
    as_: As,
    participant: Account,
    password: str,
    known: bool,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = password if known else "hunter2 hunter2"
    encoded = base64.b64encode(f"paul:{secret}".encode()).decode()
    fields = {"username": "paul", "password": secret}
    client = as_(None)
    client.get("/login", fields)
    client.get("/login", headers={"Authorization": f"Basic {encoded}"})
    client.post("/login", fields)
    client.post("/login", json.dumps(fields), content_type="application/json")
    session = client.cookies["sessionid"].value if known else "no-session"
    logged = capsys.readouterr().err + caplog.text + str([vars(one) for one in caplog.records])
    assert "/login" in logged
    for hidden in (secret, secret.replace(" ", "+"), encoded, session):
        assert hidden not in logged
