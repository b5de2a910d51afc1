import html
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from valhub.accounts.models import Account

As = Callable[[Account | None], Client]


def post(client: Client, password: str, **fields: str) -> tuple[int, str]:
    response = client.post("/sign-in", {"username": "paul", "password": password, **fields})
    return response.status_code, response.get("Location", "")


def test_signing_in_leads_where_one_wanted_to_go(
    as_: As, participant: Account, password: str
) -> None:
    client = as_(None)
    assert post(client, password, next="/submissions") == (302, "/submissions")
    assert "Sign out" in client.get("/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:x"])
def test_signing_in_never_leads_to_another_site(
    as_: As, participant: Account, password: str, elsewhere: str
) -> None:
    assert post(as_(None), password, next=elsewhere) == (302, "/")


def test_a_wrong_password_is_told_beside_the_form(as_: As, participant: Account) -> None:
    response = as_(None).post("/sign-in", {"username": "paul", "password": "wrong"})
    page = response.content.decode()
    assert response.status_code == 401
    assert "User name or password is wrong." in page
    assert 'value="paul"' in page
    assert 'wrong"' not in page


def test_guessing_is_slowed_down(
    as_: As, participant: Account, password: str, settings: object
) -> None:
    settings.SIGN_IN_ATTEMPTS = 2
    client = as_(None)
    assert [post(client, "wrong")[0] for _ in range(3)] == [401, 401, 429]
    assert post(client, password)[0] == 429


def test_forms_need_the_sites_own_token(participant: Account, password: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in", {"username": "paul", "password": password})
    assert response.status_code == 403
    assert "The form was not accepted" in response.content.decode()


@pytest.mark.parametrize(
    ("host", "port_seen", "status"),
    [("hub.example", "", 403), ("hub.example", ":8443", 302), ("localhost", "", 403)],
)
def test_a_form_from_the_address_that_the_proxy_passes_on_is_accepted(
    participant: Account, password: str, settings: object, host: str, port_seen: str, status: int
) -> None:
    settings.ALLOWED_HOSTS = ["hub.example", "localhost"]
    headers = {"host": f"{host}{port_seen}", "origin": "http://hub.example:8443"}
    strict = Client(enforce_csrf_checks=True)
    token = strict.get("/sign-in", headers=headers).context["csrf_token"]
    form = {"username": "paul", "password": password, "csrfmiddlewaretoken": str(token)}
    answer = strict.post("/sign-in", form, headers=headers)
    assert answer.status_code == status
    page = answer.content.decode()
    assert (f"<code>http://{host}</code>" in page) == (status == 403)
    assert ("<code>http://hub.example:8443</code>" in page) == (status == 403)
    assert ("proxy_set_header Host $http_host;" in page) == (status == 403)


def test_a_form_without_its_token_is_no_fault_of_the_proxy(
    participant: Account, password: str
) -> None:
    form = {"username": "paul", "password": password}
    headers = {"origin": "http://testserver"}
    answer = Client(enforce_csrf_checks=True).post("/sign-in", form, headers=headers)
    assert answer.status_code == 403
    assert "$http_host" not in answer.content.decode()
    assert "Allow the hub's cookies" in html.unescape(answer.content.decode())


def test_signing_out_takes_a_button_not_a_link(as_: As, participant: Account) -> None:
    client = as_(participant)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Location"] == "/"
    assert settings.SESSION_COOKIE_NAME not in {
        name for name, cookie in client.cookies.items() if cookie.value
    }


def test_who_is_signed_in_already_is_not_asked_again(as_: As, participant: Account) -> None:
    assert as_(participant).get("/sign-in?next=/submissions")["Location"] == "/submissions"
