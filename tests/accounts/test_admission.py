"""Who may have an account, in each mode of `VALHUB_REGISTRATION`."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from error_codes import coded
from valhub.accounts.models import Account, AuditEntry, Invitation, WaitsFor
from valhub.accounts.selectors.waiting import waiting_for_approval
from valhub.accounts.services.administration import approve_account, create_superuser, switch_role
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.invitations import find_invitation, invite, revoke_invitation
from valhub.accounts.services.registration import register_account
from valhub.accounts.services.retention import delete_expired_invitations
from valhub.errors import Conflict, Forbidden, InvalidFields, NotFound
from valhub.jobs.sweeper import TIDYING

pytestmark = pytest.mark.django_db

NEW = {"username": "lisa1", "email": "lisa@example.org", "password": "poa-irradiance-9"}
MODES = ("open", "approval", "invitation", "closed")


def register(**changes: str) -> Account:
    return register_account(**{**NEW, **changes})


def invited(email: str = "lisa@example.org", *, is_organiser: bool = False) -> str:
    return invite(email, is_organiser=is_organiser, by="command root")[1]


def sign_in(**changes: str) -> tuple[int, str]:
    given = {"username": NEW["username"], "password": NEW["password"], **changes}
    answer = Client().post("/login", given)
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        ("open", 200, ""),
        ("approval", 200, ""),
        ("invitation", 403, "invitation-needed"),
        ("closed", 403, "registration-closed"),
    ],
)
def test_the_documented_route_obeys_the_mode(
    settings: Settings, mode: str, status: int, code: str
) -> None:
    settings.REGISTRATION = mode
    answer = Client().post("/register", NEW)
    assert (answer.status_code, answer.json().get("code", "")) == (status, code)
    assert Account.objects.count() == (status == 200)


def test_an_account_that_waits_signs_in_once_it_is_approved(settings: Settings) -> None:
    settings.REGISTRATION = "approval"
    account = register()
    assert list(waiting_for_approval()) == [account]
    assert sign_in() == (403, "waiting-for-approval")
    assert Client().get("/account/list", headers=basic()).status_code == 403
    approve_account(account, by="command root")
    assert sign_in() == (200, "")
    assert not waiting_for_approval().exists()
    with pytest.raises(Conflict, match="does not wait"):
        approve_account(account, by="command root")
    acts = AuditEntry.objects.values_list("by", "act", "subject")
    assert list(acts) == [("command root", "approve account", f"account {account.pk}")]


def basic() -> dict[str, str]:
    return {"Authorization": "Basic bGlzYTE6cG9hLWlycmFkaWFuY2UtOQ=="}


def test_only_who_knows_the_password_hears_that_an_account_waits(settings: Settings) -> None:
    settings.REGISTRATION = "approval"
    register()
    assert sign_in(password="wrong") == (401, "wrong-credentials")
    assert sign_in(username="nobody") == (401, "wrong-credentials")


def test_a_deactivated_account_does_not_seem_to_wait() -> None:
    account = register()
    switch_role(account, "is_active", on=False, by="command root")
    assert sign_in() == (401, "wrong-credentials")


def test_activating_an_account_ends_its_waiting(settings: Settings) -> None:
    settings.REGISTRATION = "approval"
    account = register()
    switch_role(account, "is_active", on=True, by="command root")
    assert sign_in() == (200, "")
    assert not waiting_for_approval().exists()


def test_an_account_that_is_deleted_waits_no_longer(settings: Settings) -> None:
    settings.REGISTRATION = "approval"
    delete_account(register())
    assert not waiting_for_approval().exists()


@pytest.mark.parametrize("mode", MODES)
def test_an_administrator_makes_superusers_in_each_mode(settings: Settings, mode: str) -> None:
    settings.REGISTRATION = mode
    create_superuser(**NEW, by="command root")
    assert sign_in() == (200, "")


@pytest.mark.parametrize("mode", ["open", "approval", "invitation"])
@pytest.mark.parametrize("is_organiser", [True, False])
def test_an_invitation_lets_one_person_in(
    settings: Settings, mode: str, is_organiser: bool
) -> None:
    settings.REGISTRATION = mode
    token = invited(" Lisa@example.org ", is_organiser=is_organiser)
    account = register(invitation=token)
    assert (account.waits_for, account.is_organiser) == (WaitsFor.NOTHING, is_organiser)
    assert sign_in() == (200, "")
    with pytest.raises(Forbidden, check=coded("invitation-invalid")):
        register(username="second", email="second@example.org", invitation=token)
    assert list(AuditEntry.objects.values_list("by", "act")) == [
        ("command root", "invite"),
        (f"account {account.pk}", "accept invitation"),
    ]
    assert "lisa" not in str(list(AuditEntry.objects.values()))


def test_an_invitation_opens_no_closed_hub(settings: Settings) -> None:
    token = invited()
    settings.REGISTRATION = "closed"
    with pytest.raises(Forbidden, check=coded("registration-closed")):
        register(invitation=token)
    with pytest.raises(Conflict, check=coded("invitations-closed")):
        invited("other@example.org")


def test_an_invitation_is_for_one_address_and_stays_when_another_is_given() -> None:
    token = invited("other@example.org")
    with pytest.raises(InvalidFields, match=r"invitation is for other@example\.org"):
        register(invitation=token)
    assert register(email="Other@Example.org", invitation=token)


def test_an_invitation_stays_when_the_user_name_is_taken(participant: Account) -> None:
    token = invited()
    with pytest.raises(Conflict, check=coded("name-taken")):
        register(username="paul", invitation=token)
    assert register(invitation=token)


def test_only_a_hash_of_the_token_is_stored() -> None:
    token = invited()
    assert len(token) >= 40
    assert token not in str(list(Invitation.objects.values()))


def test_a_second_invitation_makes_the_first_void() -> None:
    first, second = invited(), invited("LISA@example.org")
    with pytest.raises(Forbidden, check=coded("invitation-invalid")):
        find_invitation(first)
    assert find_invitation(second)


def test_a_revoked_invitation_is_void() -> None:
    token = invited()
    revoke_invitation("lisa@EXAMPLE.org", by="command root")
    with pytest.raises(Forbidden, check=coded("invitation-invalid")):
        register(invitation=token)
    with pytest.raises(NotFound):
        revoke_invitation("lisa@example.org", by="command root")
    acts = AuditEntry.objects.order_by("id").values_list("act", flat=True)
    assert list(acts) == ["invite", "revoke invitation"]


def test_an_expired_invitation_is_void_and_is_deleted() -> None:
    token = invited()
    assert delete_expired_invitations() == 0
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Forbidden, check=coded("invitation-invalid")):
        register(invitation=token)
    assert delete_expired_invitations() == 1
    assert delete_expired_invitations in TIDYING


@pytest.mark.parametrize("email", ["paul@example.org", "PAUL@example.org"])
def test_nobody_is_invited_twice(participant: Account, email: str) -> None:
    with pytest.raises(Conflict, check=coded("account-exists")):
        invited(email)


@pytest.mark.parametrize("email", ["", "lisa", "lisa@", "a b@example.org"])
def test_only_an_address_is_invited(email: str) -> None:
    with pytest.raises(InvalidFields):
        invited(email)


@pytest.mark.parametrize("token", ["x", "\0", "\ud800", "%00", "x" * 100_000])
def test_strange_tokens_are_no_invitations(token: str) -> None:
    with pytest.raises(Forbidden, check=coded("invitation-invalid")):
        register(invitation=token)


def test_what_was_open_for_somebody_goes_with_their_account(participant: Account) -> None:
    participant_address = participant.email
    Account.objects.filter(pk=participant.pk).update(email_folded="x@example.org")
    invited(participant_address)
    Account.objects.filter(pk=participant.pk).update(email_folded=participant_address)
    delete_account(participant)
    assert not Invitation.objects.exists()


def test_the_staff_read_how_many_wait(settings: Settings, staff: Account) -> None:
    settings.REGISTRATION = "approval"
    client = Client()
    client.force_login(staff)
    assert "valhub_accounts_waiting 0.0" in client.get("/metrics").content.decode()
    register()
    assert "valhub_accounts_waiting 1.0" in client.get("/metrics").content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_with_one_invitation_one_comes_in() -> None:
    token = invited()
    together = Barrier(2)

    def come(username: str) -> str:
        together.wait()
        try:
            return register(username=username, invitation=token).username
        except (Conflict, Forbidden):
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        came = [name for name in pool.map(come, ("lisa1", "lena2")) if name]
    assert came == list(Account.objects.values_list("username", flat=True))
    assert len(came) == 1
    assert not Invitation.objects.exists()
