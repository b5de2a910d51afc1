"""Staff change other people's accounts without becoming them, and it is in the audit log."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account, AuditEntry

pytestmark = pytest.mark.django_db

As = Callable[[Account | None], Client]


def patch(client: Client, account: Account, **fields: str) -> tuple[int, dict[str, object]]:
    body = json.dumps(fields)
    answer = client.patch(f"/account/{account.pk}/", body, content_type="application/json")
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "poa-irradiance-9"), ("email", "stella@example.com"), ("username", "pauline")],
)
@pytest.mark.parametrize("is_superuser", [False, True])
def test_staff_do_not_become_somebody(
    as_: As, staff: Account, participant: Account, field: str, value: str, is_superuser: bool
) -> None:  # fmt: skip
    Account.objects.filter(pk=staff.pk).update(is_superuser=is_superuser)
    before = Account.objects.filter(pk=participant.pk).values().get()
    status, answer = patch(as_(staff), participant, **{field: value, "lastName": "Changed"})
    assert (status, answer["code"], answer["field"]) == (403, "owners-only", field)
    assert Account.objects.filter(pk=participant.pk).values().get() == before
    assert not AuditEntry.objects.exists()


def test_what_stays_as_it_is_may_be_sent_along(
    as_: As, staff: Account, participant: Account
) -> None:
    same = {"username": "paul", "email": "paul@example.org", "password": ""}
    assert patch(as_(staff), participant, **same, lastName="Changed")[0] == 200
    participant.refresh_from_db()
    assert participant.last_name == "Changed"
    entry = AuditEntry.objects.get()
    assert (entry.by, entry.act) == (f"account {staff.pk}", "edit account")
    assert entry.subject == f"account {participant.pk}"


def test_staff_deleting_an_account_is_recorded(
    as_: As, staff: Account, participant: Account
) -> None:
    assert as_(staff).delete(f"/account/{participant.pk}/").status_code == 204
    assert AuditEntry.objects.get().act == "delete account"


def test_what_people_call_themselves_is_not(as_: As, participant: Account) -> None:
    assert patch(as_(participant), participant, username="pauline", lastName="Lie")[0] == 200
    assert not AuditEntry.objects.exists()
