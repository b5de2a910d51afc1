"""Mails to accounts, as a real server gets them, and what their links do."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from services.mail import Letters, mail_server
from valhub.accounts.models import Account, AuditEntry, Mail, MailKind
from valhub.accounts.services.administration import approve_account
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.invitations import invite, mail_invitation
from valhub.accounts.services.mails import delete_old_mails, request_mail, send_due_mails
from valhub.accounts.services.retention import delete_unconfirmed_accounts
from valhub.accounts.services.tokens import make_token
from valhub.cloud.mail import read_mail_server
from valhub.jobs.sweeper import SWEEPING, TIDYING

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
NEW = {"username": "lisa1", "email": "lisa@example.org", "password": "poa-irradiance-9"}
OTHER = "albedo-at-dawn-7"


@pytest.fixture(scope="module")
def server() -> Iterator[Letters]:
    with mail_server() as letters:
        yield letters


@pytest.fixture
def letters(server: Letters, settings: Settings) -> Letters:
    """An empty box, whose server the hub uses."""
    server.taken.clear()
    server.receivers.clear()
    server.refuses = False
    address = f"smtp://127.0.0.1:{server.port}?from=hub@example.org&tls=no"
    settings.MAIL_SERVER = read_mail_server(address)
    settings.PUBLIC_URL = "https://hub.example"
    return server


def link_in(letters: Letters) -> str:
    """Send what is due, and find the page that the last mail leads to."""
    send_due_mails()
    [path] = re.findall(r"https://hub\.example(/\S+\?\S+)", letters.taken[-1].get_content())
    return str(path)


def fields_of(path: str) -> dict[str, str]:
    return dict(part.split("=") for part in path.partition("?")[2].split("&"))


def asked(email: str) -> tuple[int, str]:
    answer = Client().post("/reset-password", {"email": email})
    return answer.status_code, re.sub(r'value="\w{64}"', "", answer.content.decode())


def reset(path: str, password: str = OTHER) -> int:
    return Client().post("/reset-password", {**fields_of(path), "password": password}).status_code


def test_the_sweeper_sends_and_tidies() -> None:
    assert send_due_mails in SWEEPING
    assert {delete_old_mails, delete_unconfirmed_accounts} <= set(TIDYING)


def test_a_link_sets_a_password_once_and_ends_sessions(
    letters: Letters, as_: As, participant: Account
) -> None:
    client = as_(participant)
    make_token(participant, name="laptop", scopes=[])
    assert asked("PAUL@example.org")[0] == 200
    path = link_in(letters)
    assert letters.receivers == ["paul@example.org"]
    assert "paul" in Client().get(path).content.decode()
    assert reset(path) == 200
    assert Client().login(username="paul", password=OTHER)
    assert client.get("/account/list").status_code == 401
    assert reset(path, "another-one-22") == 403
    assert Client().get(path).status_code == 403
    [entry] = AuditEntry.objects.all()
    who = f"account {participant.pk}"
    assert (entry.by, entry.act, entry.subject) == (who, "reset password by mail", who)
    assert entry.details == {"tokens_revoked": 1}
    assert not participant.tokens.exists()


def test_the_same_password_again_uses_the_link_up(
    letters: Letters, participant: Account, password: str
) -> None:
    asked(participant.email)
    path = link_in(letters)
    assert [reset(path, password), reset(path, password)] == [200, 403]


@pytest.mark.parametrize("weak", ["", "123", "paul@example.org"])
def test_a_weak_password_is_refused_and_the_link_still_works(
    letters: Letters, participant: Account, weak: str
) -> None:
    asked(participant.email)
    path = link_in(letters)
    assert reset(path, weak) == 422
    assert reset(path) == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"token": "x"},
        {"account": "x"},
        {"account": "00000000-0000-0000-0000-000000000000"},
        {"token": "cqxx00-" + "0" * 32},
        {"account": "\0"},
    ],
)
def test_another_link_lets_nobody_in(
    letters: Letters, participant: Account, changed: dict[str, str]
) -> None:
    asked(participant.email)
    given = {**fields_of(link_in(letters)), **changed}
    answer = Client().post("/reset-password", {**given, "password": OTHER})
    assert answer.status_code == 403
    assert not Client().login(username="paul", password=OTHER)


def test_a_link_for_one_end_does_not_serve_the_other(letters: Letters, settings: Settings) -> None:
    settings.CONFIRM_EMAIL = True
    Client().post("/sign-up", NEW)
    assert reset(link_in(letters)) == 403


def test_the_answer_does_not_tell_who_is_known(letters: Letters, participant: Account) -> None:
    Account.objects.create(username="gone", email="gone@example.org", is_active=False)
    answers = {asked(one) for one in (participant.email, "x@example.org", "gone@example.org", "\0")}
    assert len(answers) == 1
    send_due_mails()
    assert letters.receivers == [participant.email]


def test_an_account_gets_one_mail_in_ten_minutes(letters: Letters, participant: Account) -> None:
    for _ in range(3):
        asked(participant.email)
        send_due_mails()
    assert len(letters.taken) == 1
    Mail.objects.update(sent_at=timezone.now() - timedelta(minutes=11))
    asked(participant.email)
    send_due_mails()
    assert len(letters.taken) == 2


def test_asking_counts_against_the_limit_of_the_network(
    letters: Letters, settings: Settings
) -> None:
    settings.REGISTRATIONS_PER_NETWORK = 2
    assert [asked("x@example.org")[0] for _ in range(3)] == [200, 200, 429]


def test_a_mail_that_is_refused_is_tried_again_and_given_up_after_a_day(
    letters: Letters, participant: Account, caplog: pytest.LogCaptureFixture
) -> None:
    letters.refuses = True
    request_mail(participant, MailKind.RESET)
    send_due_mails()
    letters.refuses = False
    send_due_mails()
    assert not letters.taken, "it waits for a minute"
    assert "mail_failed" in caplog.text
    own = [one.getMessage() for one in caplog.records if one.name.startswith("valhub")]
    assert participant.email not in " ".join(own)
    Mail.objects.update(try_after=timezone.now())
    send_due_mails()
    assert len(letters.taken) == 1
    Mail.objects.update(sent_at=None, requested_at=timezone.now() - timedelta(hours=25))
    assert delete_old_mails() == 1
    assert "mail_given_up" in caplog.text


def test_one_failure_keeps_the_sweeper_from_trying_the_others(
    letters: Letters, participant: Account, outsider: Account, caplog: pytest.LogCaptureFixture
) -> None:
    letters.refuses = True
    for one in (participant, outsider):
        request_mail(one, MailKind.RESET)
    send_due_mails()
    assert caplog.text.count("mail_failed") == 1
    assert not Mail.objects.filter(try_after__lte=timezone.now()).exists()


def test_an_address_is_confirmed_at_a_click(letters: Letters, settings: Settings) -> None:
    settings.CONFIRM_EMAIL = True
    client = Client()
    assert "You get a mail at lisa@example.org" in client.post("/sign-up", NEW).content.decode()
    path = link_in(letters)
    refused = client.post("/login", {"username": "lisa1", "password": NEW["password"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "address-not-confirmed")
    assert client.get(path).status_code == 200
    assert not client.login(username="lisa1", password=NEW["password"]), "looking confirms nothing"
    assert client.post("/confirm-email", fields_of(path)).status_code == 200
    assert client.login(username="lisa1", password=NEW["password"])
    assert client.post("/confirm-email", fields_of(path)).status_code == 403


def test_who_confirms_may_still_wait_for_approval(letters: Letters, settings: Settings) -> None:
    settings.CONFIRM_EMAIL = True
    settings.REGISTRATION = "approval"
    Client().post("/register", NEW)
    page = Client().post("/confirm-email", fields_of(link_in(letters))).content.decode()
    assert "still have to approve" in page
    account = Account.objects.get()
    assert (account.waits_for, account.is_active) == ("approval", False)
    approve_account(account, by="command root")
    send_due_mails()
    assert letters.taken[-1]["Subject"] == "Your account is approved"


def test_another_confirmation_is_sent_on_request(letters: Letters, settings: Settings) -> None:
    settings.CONFIRM_EMAIL = True
    Client().post("/sign-up", NEW)
    Mail.objects.all().delete()
    asked(NEW["email"])
    assert link_in(letters).startswith("/confirm-email")


def test_who_never_confirms_is_deleted_after_a_week(letters: Letters, settings: Settings) -> None:
    settings.CONFIRM_EMAIL = True
    Client().post("/sign-up", NEW)
    assert delete_unconfirmed_accounts() == 0
    Account.objects.update(date_joined=timezone.now() - timedelta(days=8))
    assert delete_unconfirmed_accounts() == 1
    assert not Mail.objects.exists()


def test_an_invitation_is_mailed_and_needs_no_confirmation(
    letters: Letters, settings: Settings
) -> None:
    settings.CONFIRM_EMAIL = True
    _, token = invite(NEW["email"], is_organiser=False, by="command root")
    assert mail_invitation(NEW["email"], token)
    path = link_in(letters)
    assert Client().post("/sign-up", {**NEW, **fields_of(path)}).status_code == 302
    letters.refuses = True
    assert not mail_invitation(NEW["email"], token)


def test_a_deleted_account_gets_no_mail(letters: Letters, participant: Account) -> None:
    request_mail(participant, MailKind.RESET)
    delete_account(participant)
    send_due_mails()
    assert not letters.taken


def test_a_hub_without_mail_asks_for_none(as_: As, participant: Account) -> None:
    assert "reset-password" not in as_(None).get("/sign-in").content.decode()
    answer = as_(None).get("/reset-password")
    assert "This hub sends no mails." in answer.content.decode()
    assert as_(None).post("/reset-password", {"email": participant.email}).status_code == 403
    request_mail(participant, MailKind.RESET)
    assert not Mail.objects.exists()
