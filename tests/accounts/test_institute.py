"""Signing in through a proxy that says who somebody is."""

import pytest
from click.testing import CliRunner
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account, AuditEntry, Identity, Invitation
from valhub.accounts.services.administration import approve_account
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.invitations import invite
from valhub.accounts.trusted_proxy import is_within, read_networks
from valhub.errors import Conflict
from valhub.server.administration.group import admin

pytestmark = pytest.mark.django_db

ADA = {"X-Remote-User": "ada-4711", "X-Remote-Email": "ada@example.org"}


@pytest.fixture(autouse=True)
def proxy(settings: Settings) -> None:
    settings.PROXY_USER_HEADER = "X-Remote-User"
    settings.PROXY_EMAIL_HEADER = "X-Remote-Email"
    settings.TRUSTED_PROXIES = read_networks("NAME", "10.0.3.0/24, fd00::1")


def arrive(*, peer: str = "10.0.3.7", **headers: str) -> tuple[int, str, Client]:
    client = Client(REMOTE_ADDR=peer)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get("/sign-in?next=/submissions", headers=sent)
    return answer.status_code, answer.content.decode(), client


def is_signed_in(client: Client) -> bool:
    return "Sign out" in client.get("/").content.decode()


def test_the_first_visit_makes_an_account_and_the_second_finds_it() -> None:
    status, _, client = arrive(**ADA)
    assert (status, is_signed_in(client)) == (302, True)
    ada = Account.objects.get()
    assert (ada.username, ada.email) == ("ada-4711", "ada@example.org")
    assert not ada.has_usable_password()
    assert is_signed_in(arrive(**{**ADA, "X-Remote-Email": "married@example.org"})[2])
    assert Account.objects.get() == ada
    assert [one.act for one in AuditEntry.objects.all()] == ["register through institute"]


@pytest.mark.parametrize("peer", ["10.0.4.7", "127.0.0.1", "fd00::2", "", "unix:"])
def test_the_header_of_anybody_else_is_ignored(participant: Account, peer: str) -> None:
    Identity.objects.create(account=participant, issuer="proxy", subject="ada-4711")
    forwarded = {"X-Forwarded-For": "10.0.3.7", "Forwarded": "for=10.0.3.7"}
    status, page, client = arrive(peer=peer, **ADA, **forwarded)
    assert (status, is_signed_in(client)) == (200, False)
    assert 'name="password"' in page
    assert Account.objects.count() == 1


@pytest.mark.parametrize("peer", ["10.0.3.255", "::ffff:10.0.3.1", "fd00::1"])
def test_the_proxys_own_addresses_are_known(peer: str) -> None:
    assert is_signed_in(arrive(peer=peer, **ADA)[2])


def test_no_header_is_read_unless_it_is_set_up(settings: Settings) -> None:
    settings.PROXY_USER_HEADER = ""
    assert not is_signed_in(arrive(**ADA)[2])


def test_without_the_header_a_password_is_asked_for(participant: Account, password: str) -> None:
    status, page, client = arrive(**{**ADA, "X-Remote-User": " "})
    assert (status, 'name="password"' in page) == (200, True)
    client.post("/sign-in", {"username": "paul", "password": password})
    assert is_signed_in(client)


def test_no_account_is_taken_over_by_its_address(participant: Account) -> None:
    status, page, client = arrive(**{**ADA, "X-Remote-Email": "PAUL@example.org"})
    assert (status, is_signed_in(client)) == (409, False)
    assert "ask the staff to link it" in page
    linked = CliRunner().invoke(admin, ["link-account", "paul", "ada-4711"])
    assert linked.exit_code == 0, linked.output
    client = arrive(**ADA)[2]
    assert "paul" in client.get("/").content.decode()
    assert [one.act for one in AuditEntry.objects.all()] == ["link to institute"]
    again = CliRunner().invoke(admin, ["link-account", "paul", "ada-4711"])
    assert isinstance(again.exception, Conflict)


def test_nobody_is_known_by_a_user_name_alone(participant: Account) -> None:
    arrive(**{**ADA, "X-Remote-User": "paul"})
    assert Account.objects.get(email="ada@example.org").username == "paul-2"


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_nobody_comes_in_who_is_not_let_in(
    settings: Settings, participant: Account, mode: str
) -> None:
    settings.REGISTRATION = mode
    status, _, client = arrive(**ADA)
    assert (status, is_signed_in(client)) == (403, False)
    assert Account.objects.count() == 1
    Identity.objects.create(account=participant, issuer="proxy", subject="ada-4711")
    assert is_signed_in(arrive(**ADA)[2]), "who has an account, keeps it"


def test_who_is_invited_needs_no_link(settings: Settings) -> None:
    settings.REGISTRATION = "invitation"
    invite("Ada@example.org", is_organiser=True, by="command root")
    assert is_signed_in(arrive(**ADA)[2])
    assert Account.objects.get().is_organiser
    assert not Invitation.objects.exists()


def test_who_needs_approval_waits_at_every_visit(settings: Settings) -> None:
    settings.REGISTRATION = "approval"
    settings.CONFIRM_EMAIL = True
    for _ in range(2):
        status, page, client = arrive(**ADA)
        assert (status, is_signed_in(client)) == (403, False)
        assert "waits for approval" in page
    approve_account(Account.objects.get(), by="command root")
    assert is_signed_in(arrive(**ADA)[2])


def test_a_blocked_account_is_not_let_in() -> None:
    arrive(**ADA)
    Account.objects.update(is_active=False)
    status, page, client = arrive(**ADA)
    assert (status, is_signed_in(client)) == (403, False)
    assert "Your account is blocked." in page


@pytest.mark.parametrize(
    "sent",
    [
        {"X-Remote-User": "ada,eve"},
        {"X-Remote-User": "ada\u200b".encode().decode("latin-1")},
        {"X-Remote-User": "a" * 201},
        {"X-Remote-Email": "ada"},
        {"X-Remote-Email": ""},
    ],
)
def test_what_names_nobody_makes_no_account(sent: dict[str, str]) -> None:
    status, page, client = arrive(**{**ADA, **sent})
    assert (status, is_signed_in(client)) == (403, False)
    assert "Report this to the staff" in page
    assert not Account.objects.exists()


def test_an_address_can_be_the_name() -> None:
    arrive(**{"X-Remote-User": "zo\u00eb.lee@example.org".encode().decode("latin-1")})
    assert not Account.objects.exists(), "Django's addresses are ASCII before the @"
    arrive(**{"X-Remote-User": "zoe.lee@example.org"})
    assert Account.objects.get().username == "zoe.lee"


def test_names_at_the_institute_are_compared_character_by_character() -> None:
    arrive(**ADA)
    arrive(**{"X-Remote-User": "ADA-4711", "X-Remote-Email": "other@example.org"})
    assert Account.objects.count() == Identity.objects.count() == 2


def test_a_deleted_account_is_forgotten() -> None:
    arrive(**ADA)
    delete_account(Account.objects.get())
    assert not Identity.objects.exists()
    arrive(**ADA)
    assert Account.objects.filter(deleted_at=None).count() == 1


def test_no_address_is_within_no_network() -> None:
    assert not is_within("10.0.0.1", ())
