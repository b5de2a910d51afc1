from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from valhub.accounts.models import Account
from valhub.accounts.selectors.visible import accounts_visible_to
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.registration import register_account

pytestmark = pytest.mark.django_db


def test_nothing_personal_is_left_in_any_column(participant: Account) -> None:
    participant.groups.add(Group.objects.create(name="reviewers"))
    # A short name, such as Lee, is found by chance in what is drawn instead.
    Account.objects.filter(pk=participant.pk).update(last_name="Quisenberry")
    delete_account(participant)
    (row,) = Account.objects.filter(pk=participant.pk).values()
    told = " ".join(map(str, row.values())).lower()
    assert not any(word in told for word in ("paul", "quisenberry", "example.org", "argon2"))
    assert not participant.groups.exists()


def test_a_deleted_account_is_called_so(participant: Account) -> None:
    delete_account(participant)
    assert str(Account.objects.get(pk=participant.pk)) == "deleted account"


def test_every_session_ends(participant: Account, as_: Callable[[Account | None], Client]) -> None:
    client = as_(participant)
    assert client.get("/account/list").status_code == 200
    delete_account(participant)
    assert client.get("/account/list").status_code == 401


def test_staff_lose_their_role(staff: Account) -> None:
    delete_account(staff)
    staff.refresh_from_db()
    assert (staff.is_staff, staff.is_active) == (False, False)
    assert not accounts_visible_to(staff).exists()


def test_deleting_twice_changes_nothing(participant: Account) -> None:
    delete_account(participant)
    (once,) = Account.objects.filter(pk=participant.pk).values()
    delete_account(participant)
    assert Account.objects.filter(pk=participant.pk).values().get() == once


def test_the_names_are_free_again(participant: Account) -> None:
    delete_account(participant)
    register_account(username="paul", email="paul@example.org", password="poa-irradiance-9")
