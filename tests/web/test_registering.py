"""The page on which people make their accounts."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.accounts.services.invitations import invite

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
NEW = {"username": "lisa1", "email": "lisa@example.org", "password": "poa-irradiance-9"}


def page_of(client: Client, path: str = "/sign-up") -> tuple[int, str]:
    answer = client.get(path)
    return answer.status_code, answer.content.decode()


def test_registering_signs_in(as_: As) -> None:
    client = as_(None)
    answer = client.post("/sign-up", {**NEW, "firstName": "Lisa", "githubLink": ""})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "lisa1" in client.get("/").content.decode()
    assert Account.objects.get().first_name == "Lisa"


def test_the_sign_in_page_leads_there(as_: As) -> None:
    assert 'href="/sign-up"' in page_of(as_(None), "/sign-in")[1]


def test_each_fault_is_at_its_field_and_what_was_typed_stays(as_: As, participant: Account) -> None:
    given = {"username": "lisa lee", "email": "l<i>sa", "password": "123", "lastName": "Lee"}
    answer = as_(None).post("/sign-up", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count('aria-invalid="true"') == page.count('class="fault"') == 3
    assert 'value="lisa lee"' in page
    assert 'value="l&lt;i&gt;sa"' in page
    assert 'value="Lee"' in page
    assert "123" not in page
    assert answer["Cache-Control"] == "no-store"


def test_a_taken_name_is_told(as_: As, participant: Account) -> None:
    answer = as_(None).post("/sign-up", {**NEW, "username": "Paul"})
    assert answer.status_code == 409
    assert "user name" in answer.content.decode()
    assert Account.objects.count() == 1


def test_forms_need_the_sites_own_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-up", NEW)
    assert answer.status_code == 403
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("mode", "said", "at_sign_in"),
    [
        ("closed", "Registration is closed at this hub.", "Registration is closed"),
        ("invitation", "You need an invitation to register", "You need an invitation"),
    ],
)
def test_a_hub_that_takes_nobody_says_so_in_words(
    as_: As, settings: Settings, mode: str, said: str, at_sign_in: str
) -> None:
    settings.REGISTRATION = mode
    status, page = page_of(as_(None))
    assert status == 403
    assert said in page
    assert "<form" not in page.partition("<main")[2]
    assert at_sign_in in page_of(as_(None), "/sign-in")[1]
    assert as_(None).post("/sign-up", NEW).status_code == 403
    assert not Account.objects.exists()


def test_who_waits_for_approval_reads_so_there_and_when_signing_in(
    as_: As, settings: Settings
) -> None:
    settings.REGISTRATION = "approval"
    client = as_(None)
    assert "approve each account" in page_of(client)[1]
    answer = client.post("/sign-up", NEW)
    assert answer.status_code == 200
    assert "lisa1 waits for approval" in answer.content.decode()
    assert "Sign out" not in client.get("/").content.decode()
    refused = client.post("/sign-in", {"username": "lisa1", "password": NEW["password"]})
    assert refused.status_code == 403
    assert "Your account waits for approval" in refused.content.decode()


def test_an_invitation_fills_in_the_address_and_is_used_once(as_: As, settings: Settings) -> None:
    settings.REGISTRATION = "invitation"
    _, token = invite("lisa@example.org", is_organiser=True, by="command root")
    status, page = page_of(as_(None), f"/sign-up?invitation={token}")
    assert status == 200
    assert 'value="lisa@example.org"' in page
    assert "readonly" in page
    assert as_(None).post("/sign-up", {**NEW, "invitation": token}).status_code == 302
    assert Account.objects.get().is_organiser
    status, page = page_of(as_(None), f"/sign-up?invitation={token}")
    assert status == 403
    assert "The invitation is not valid" in page


def test_who_has_an_account_is_not_asked(as_: As, participant: Account) -> None:
    assert as_(participant).get("/sign-up")["Location"] == "/"
