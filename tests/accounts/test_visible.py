"""Which accounts somebody finds, and which of them they may change."""

import uuid

import pytest
from django.utils import timezone

from error_codes import coded
from valhub.accounts.selectors.visible import (
    account_named,
    accounts_visible_to,
    find_account,
    find_changeable_account,
)
from valhub.errors import Forbidden, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(outsider):
    outsider.is_staff = outsider.is_superuser = True
    outsider.save()
    return outsider


def delete(account):
    account.deleted_at = timezone.now()
    account.save()


def test_everybody_sees_themselves_and_staff_see_all(organiser, participant, staff):
    assert list(accounts_visible_to(participant)) == [participant]
    assert list(accounts_visible_to(staff)) == [organiser, participant, staff]
    assert list(accounts_visible_to(None)) == []


def test_staff_see_the_oldest_account_first(organiser, participant, staff):
    organiser.date_joined = timezone.now()
    organiser.save()
    assert list(accounts_visible_to(staff)) == [participant, staff, organiser]
    type(staff).objects.update(date_joined=timezone.now())
    # Databases differ in the order of identifiers; each has one.
    expected = list(type(staff).objects.order_by("pk"))
    assert list(accounts_visible_to(staff)) == expected


def test_a_closed_account_sees_nobody(staff):
    staff.is_active = False
    assert list(accounts_visible_to(staff)) == []


def test_a_deleted_account_is_seen_by_nobody(participant, staff):
    delete(participant)
    assert list(accounts_visible_to(staff)) == [staff]
    for find in (lambda: find_account(participant.pk, visible_to=staff),
                 lambda: account_named(participant.pk)):  # fmt: skip
        with pytest.raises(
            NotFound, match="no account with this id", check=coded("no-such-account")
        ):
            find()


def test_an_account_is_found_only_by_whom_it_is_shown_to(participant, organiser, staff):
    for one in (participant, staff):
        assert find_account(participant.pk, visible_to=one) == participant
    for one in (organiser, None):
        with pytest.raises(
            NotFound, match="no account with this id", check=coded("no-such-account")
        ):
            find_account(participant.pk, visible_to=one)


def test_a_name_is_found_by_everybody(participant, organiser):
    assert account_named(participant.pk) == participant
    with pytest.raises(NotFound, match="no account with this id", check=coded("no-such-account")):
        account_named(uuid.uuid4())


def test_staff_change_everybody_but_superusers(participant, staff, superuser):
    assert find_changeable_account(participant.pk, changed_by=staff) == participant
    with pytest.raises(Forbidden, match="superuser"):
        find_changeable_account(superuser.pk, changed_by=staff)


def test_superusers_change_themselves_and_each_other(staff, superuser):
    assert find_changeable_account(superuser.pk, changed_by=superuser) == superuser
    staff.is_superuser = True
    assert find_changeable_account(superuser.pk, changed_by=staff) == superuser


def test_everybody_changes_themselves_alone(participant, organiser):
    assert find_changeable_account(participant.pk, changed_by=participant) == participant
    for one in (organiser, None):
        with pytest.raises(
            NotFound, match="no account with this id", check=coded("no-such-account")
        ):
            find_changeable_account(participant.pk, changed_by=one)


def test_a_superuser_who_is_no_staff_changes_themselves(superuser):
    superuser.is_staff = False
    superuser.save()
    assert find_changeable_account(superuser.pk, changed_by=superuser) == superuser
