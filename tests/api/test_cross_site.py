from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
ELSEWHERE = "https://evil.example"
OWN = "http://testserver"
PASSING: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": OWN},
    {"Origin": OWN},
]
REFUSED: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site", "Origin": ELSEWHERE},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": ELSEWHERE},
    {"Origin": "null"},
    {"Origin": "https://testserver"},
    {"Origin": f"{OWN}.evil.example"},
]


@pytest.fixture
def strict(participant: Account) -> Client:
    """Signed in by a cookie, with Django's own check switched on."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(participant)
    return client


@pytest.mark.parametrize("headers", PASSING)
def test_programs_and_own_pages_pass(
    strict: Client, participant: Account, headers: dict[str, str]
) -> None:
    answer = strict.post(f"/account/{participant.pk}/", {"lastName": "Lie"}, headers=headers)
    assert answer.json()["lastName"] == "Lie"


@pytest.mark.parametrize("headers", REFUSED)
def test_what_another_site_posts_is_refused(
    strict: Client, participant: Account, headers: dict[str, str]
) -> None:
    answer = strict.post(f"/account/{participant.pk}/", {"lastName": "Lie"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross-site")
    participant.refresh_from_db()
    assert participant.last_name == "Lee"


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_site_cannot_sign_anybody_in(
    as_: As, participant: Account, password: str, method: str
) -> None:
    client = as_(None)
    credentials = {"username": "paul", "password": password}
    answer = getattr(client, method)(
        "/login", credentials, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
    assert "sessionid" not in answer.cookies


def test_a_trusted_site_may_post(strict: Client, participant: Account, settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://lab.example"]
    headers = {"Origin": "https://lab.example", "Sec-Fetch-Site": "cross-site"}
    answer = strict.post(f"/account/{participant.pk}/", {"lastName": "Lie"}, headers=headers)
    assert answer.status_code == 200


def test_another_site_may_link_to_what_changes_nothing(
    strict: Client, participant: Account
) -> None:
    answer = strict.get("/account/list", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
