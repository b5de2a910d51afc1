import base64
import json
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]


def basic(username: str, password: str) -> dict[str, str]:
    return {
        "Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
    }


@pytest.fixture
def client(as_: As) -> Client:
    return as_(None)


@pytest.fixture
def credentials(participant: Account, password: str) -> dict[str, str]:
    return {"username": "paul", "password": password}


@pytest.mark.parametrize("way", ["query", "basic", "json", "form"])
def test_every_documented_way_tells_the_id_and_starts_a_session(
    client: Client, participant: Account, credentials: dict[str, str], way: str
) -> None:
    match way:
        case "query":
            answer = client.get("/login", credentials)
        case "basic":
            answer = client.get("/login", headers=basic(**credentials))
        case "json":
            answer = client.post("/login", json.dumps(credentials), content_type="application/json")
        case _:
            answer = client.post("/login", credentials)
    assert (answer.status_code, answer.json()) == (200, {"id": str(participant.pk)})
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/account/list").status_code == 200


def test_a_session_from_before_signing_in_is_not_gone_on_with(
    client: Client, credentials: dict[str, str]
) -> None:
    planted = client.session
    planted["seen"] = True
    planted.save()
    client.cookies["sessionid"] = planted.session_key
    assert client.get("/login", credentials).cookies["sessionid"].value != planted.session_key


def test_the_session_cookie_is_out_of_reach_for_scripts(
    client: Client, credentials: dict[str, str]
) -> None:
    cookie = client.get("/login", credentials).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_unknown_user_and_wrong_password_are_one_answer(
    client: Client, participant: Account
) -> None:
    told = []
    for name in ("paul", "nobody"):
        answer = client.post("/login", {"username": name, "password": "guess"})
        document = answer.json()
        document.pop("request_id")
        told.append((answer.status_code, document, answer.headers["WWW-Authenticate"]))
    assert told[0] == told[1]
    assert told[0][0] == 401


def test_too_many_failures_are_told_to_wait(
    client: Client, credentials: dict[str, str], settings: Settings
) -> None:
    settings.SIGN_IN_ATTEMPTS = 1
    client.post("/login", {**credentials, "password": "guess"})
    answer = client.post("/login", credentials)
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-sign-ins")
    assert answer.headers["Retry-After"] == "900"


@pytest.mark.parametrize("missing", ["username", "password"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_missing_field_is_named(client: Client, method: str, missing: str) -> None:
    fields = {"username": "paul", "password": "x"}
    del fields[missing]
    answer = getattr(client, method.lower())("/login", fields)
    assert (answer.status_code, answer.json()["field"]) == (422, missing)


def test_basic_credentials_serve_every_route_and_start_no_session(
    client: Client, credentials: dict[str, str]
) -> None:
    answer = client.get("/account/list", headers=basic(**credentials))
    assert (answer.status_code, len(answer.json())) == (200, 1)
    assert "sessionid" not in answer.cookies


def test_wrong_basic_credentials_do_not_fall_back_to_the_session(
    as_: As, participant: Account
) -> None:
    answer = as_(participant).get("/account/list", headers=basic("paul", "guess"))
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong-credentials")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic ???", "Bearer x", "Basic cGF1bA==", "Basic /w==", "Basic YTpiAA=="]
)
def test_a_broken_authorization_header_is_malformed(client: Client, header: str) -> None:
    answer = client.get("/account/list", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (400, "broken-authorization")
