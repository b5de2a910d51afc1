"""Removing what is kept for some time only: sessions, invitations and the audit log."""

from datetime import timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.utils import timezone

from valhub.accounts.models import Account, AuditEntry, Invitation, WaitsFor

_AT_ONCE = 100
_CONFIRMED_WITHIN = timedelta(days=7)


def delete_expired_sessions() -> int:
    """Delete sessions with which nobody is signed in any more; return how many those were."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def delete_expired_invitations() -> int:
    """Delete the invitations that nobody used in time; return how many those were."""
    return Invitation.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def delete_unconfirmed_accounts() -> int:
    """Delete accounts whose owners did not confirm their addresses within `_CONFIRMED_WITHIN`.

    Nobody ever signed in to them, so nothing else goes; whoever owns the address can register.
    """
    before = timezone.now() - _CONFIRMED_WITHIN
    old = Account.objects.filter(waits_for=WaitsFor.CONFIRMATION, date_joined__lt=before)
    return old.delete()[1].get("accounts.Account", 0)


def delete_old_audit_entries() -> None:
    """Delete what is older than `VALHUB_KEEP_AUDIT_DAYS`, here and in Django's own log of /admin/.

    A few at a time, the first ones first; there is no index by time.
    """
    if settings.KEEP_AUDIT_DAYS is None:
        return
    _delete_old(AuditEntry, "at", settings.KEEP_AUDIT_DAYS)
    _delete_old(LogEntry, "action_time", settings.KEEP_AUDIT_DAYS)


def _delete_old(model: type[Model], column: str, days: int) -> None:
    rows = model._default_manager
    before = timezone.now() - timedelta(days=days)
    first = list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    rows.filter(pk__in=first, **{f"{column}__lt": before}).delete()
