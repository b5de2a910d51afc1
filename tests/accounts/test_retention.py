"""What the hub forgets of people's acts, and when."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.models import Session
from django.utils import timezone
from pytest_django import Settings

from valhub.accounts.models import Account, AuditEntry
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.retention import delete_expired_sessions, delete_old_audit_entries
from valhub.jobs.sweeper import TIDYING

pytestmark = pytest.mark.django_db


def test_the_sweeper_does_both() -> None:
    assert {delete_expired_sessions, delete_old_audit_entries} <= set(TIDYING)


@pytest.mark.parametrize(("hours", "left"), [(-1, 0), (1, 1)])
def test_a_session_goes_once_it_has_expired(hours: int, left: int) -> None:
    expires = timezone.now() + timedelta(hours=hours)
    Session.objects.create(session_key="key", session_data="", expire_date=expires)
    assert delete_expired_sessions() == 1 - left
    assert Session.objects.count() == left


def acts(staff: Account, *days: int) -> None:
    for age in days:
        at = timezone.now() - timedelta(days=age)
        record_act(by_account(staff), "deactivate", staff)
        AuditEntry.objects.filter(pk=AuditEntry.objects.latest("pk").pk).update(at=at)
        LogEntry.objects.create(
            user=staff, object_repr="x", action_flag=CHANGE, action_time=at, change_message=""
        )


@pytest.mark.parametrize(("kept_days", "left"), [(30, 1), (100, 2), (None, 2)])
def test_old_acts_go_unless_they_are_kept_for_ever(
    staff: Account, settings: Settings, kept_days: int | None, left: int
) -> None:
    settings.KEEP_AUDIT_DAYS = kept_days
    acts(staff, 31, 29)
    delete_old_audit_entries()
    assert (AuditEntry.objects.count(), LogEntry.objects.count()) == (left, left)
