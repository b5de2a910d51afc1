from collections.abc import Callable

import pytest
from django.test import Client

from valhub.accounts.models import Account

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
