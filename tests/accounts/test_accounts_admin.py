from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account, AuditEntry, Invitation
from valhub.accounts.services.invitations import invite

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]
LIST = "/admin/accounts/account/"


def change(client: Client, account: Account, **fields: str) -> int:
    return client.post(f"{LIST}{account.pk}/change/", {"is_active": "on", **fields}).status_code


def test_staff_approve_an_organiser(as_: As, staff: Account, participant: Account) -> None:
    assert change(as_(staff), participant, is_organiser="on") == 302
    participant.refresh_from_db()
    assert participant.is_organiser
    assert participant.has_usable_password()


@pytest.mark.parametrize("role", ["is_staff", "is_superuser"])
def test_staff_make_nobody_staff(as_: As, staff: Account, participant: Account, role: str) -> None:
    change(as_(staff), participant, **{role: "on"})
    participant.refresh_from_db()
    assert not getattr(participant, role)


def test_superusers_make_staff(as_: As, staff: Account, participant: Account) -> None:
    Account.objects.filter(pk=staff.pk).update(is_superuser=True)
    change(as_(staff), participant, is_staff="on")
    participant.refresh_from_db()
    assert participant.is_staff


def test_staff_cannot_change_a_superuser(as_: As, staff: Account, participant: Account) -> None:
    Account.objects.filter(pk=participant.pk).update(is_superuser=True)
    assert change(as_(staff), participant, is_active="") == 403


def test_deleting_in_bulk_keeps_the_rows(as_: As, staff: Account, participant: Account) -> None:
    chosen = {"action": "delete_accounts", "_selected_action": [str(participant.pk)]}
    as_(staff).post(LIST, chosen)
    participant.refresh_from_db()
    assert participant.deleted_at is not None


def test_staff_sign_in_where_failures_are_counted(as_: As) -> None:
    answer = as_(None).get("/admin/login/?next=/admin/jobs/run/")
    assert answer.headers["Location"] == "/sign-in?next=/admin/jobs/run/"


def test_who_is_no_staff_is_not_sent_round_in_circles(as_: As, participant: Account) -> None:
    assert as_(participant).get("/admin/", follow=True).status_code == 403


def test_staff_approve_who_waits_and_nobody_else(
    as_: As, staff: Account, participant: Account, outsider: Account
) -> None:
    waiting = {"is_active": False, "waits_for": "approval"}
    Account.objects.filter(pk=participant.pk).update(**waiting)
    Account.objects.filter(pk=outsider.pk).update(is_active=False)
    both = [str(participant.pk), str(outsider.pk)]
    as_(staff).post(LIST, {"action": "approve_accounts", "_selected_action": both})
    assert list(AuditEntry.objects.values_list("act", "subject")) == [
        ("approve account", f"account {participant.pk}")
    ]
    rows = Account.objects.values_list("is_active", "waits_for")
    assert rows.get(pk=participant.pk) == (True, "")
    assert rows.get(pk=outsider.pk) == (False, "")


def test_switching_an_account_on_ends_its_waiting(
    as_: As, staff: Account, participant: Account
) -> None:
    Account.objects.filter(pk=participant.pk).update(is_active=False, waits_for="approval")
    assert change(as_(staff), participant) == 302
    participant.refresh_from_db()
    assert (participant.is_active, participant.waits_for) == (True, "")


INVITATIONS = "/admin/accounts/invitation/"


def test_staff_invite_and_see_the_link_once(as_: As, staff: Account) -> None:
    client = as_(staff)
    new = {"email": "lisa@example.org", "is_organiser": "on"}
    page = client.post(f"{INVITATIONS}add/", new, follow=True).content.decode()
    assert "/sign-up?invitation=" in page
    assert "/sign-up?invitation=" not in client.get(INVITATIONS).content.decode()
    invitation = Invitation.objects.get()
    assert (invitation.is_organiser, invitation.invited_by) == (True, f"account {staff.pk}")
    assert client.get(f"{INVITATIONS}{invitation.pk}/change/").status_code == 200


@pytest.mark.parametrize("email", ["lisa", "paul@example.org"])
def test_who_cannot_be_invited_is_told_at_the_field(
    as_: As, staff: Account, participant: Account, email: str
) -> None:
    answer = as_(staff).post(f"{INVITATIONS}add/", {"email": email})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("in_bulk", [True, False])
def test_staff_revoke_an_invitation(as_: As, staff: Account, in_bulk: bool) -> None:
    made, _ = invite("lisa@example.org", is_organiser=False, by="command root")
    if in_bulk:
        chosen = {"action": "delete_selected", "_selected_action": [made.pk], "post": "yes"}
        as_(staff).post(INVITATIONS, chosen)
    else:
        as_(staff).post(f"{INVITATIONS}{made.pk}/delete/", {"post": "yes"})
    assert not Invitation.objects.exists()
    assert AuditEntry.objects.filter(by=f"account {staff.pk}", act="revoke invitation").exists()


def test_participants_invite_nobody(as_: As, participant: Account) -> None:
    as_(participant).post(f"{INVITATIONS}add/", {"email": "lisa@example.org"})
    assert not Invitation.objects.exists()
