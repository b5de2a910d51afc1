"""Mails to accounts: requested with what they are about, and sent by the sweeper.

Requesting one takes the same time whether the account exists or not, and survives a mail server
that is down. Without `VALHUB_EMAIL_URL` nothing is requested.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from valhub.accounts.models import Account, Mail, MailKind
from valhub.accounts.services.mailed_links import confirmation_link, reset_link

# Nobody gets more mails of one kind than this, whoever asks for them.
_AGAIN_AFTER = timedelta(minutes=10)
_GIVE_UP_AFTER = timedelta(days=1)
_TRY_AGAIN = timedelta(minutes=1)
_AT_ONCE = 5
# A server that does not answer must not keep the sweeper from its other work.
_LONGEST_ROUND_S = 5.0

_log = structlog.get_logger(__name__)


def request_mail(account: Account, kind: MailKind) -> None:
    """Let an account get a mail, unless it is about to, or got the same one a moment ago."""
    if settings.MAIL_SERVER is None:
        return
    now = timezone.now()
    with transaction.atomic():
        sent = Mail.objects.filter(account=account, kind=kind, sent_at__lt=now - _AGAIN_AFTER)
        if not sent.update(sent_at=None, requested_at=now, try_after=now):
            Mail.objects.get_or_create(account=account, kind=kind)


def send_due_mails() -> None:
    """Send the mails that are due; after a failure, the others wait as well."""
    server = settings.MAIL_SERVER
    if server is None:
        return
    begun = time.monotonic()
    now = timezone.now()
    due = Mail.objects.filter(sent_at=None, try_after__lte=now).order_by("try_after", "id")
    for mail in due.select_related("account")[:_AT_ONCE]:
        # Of two sweepers, one sends; if it is killed, the mail is due again.
        claimed = Mail.objects.filter(pk=mail.pk, sent_at=None, try_after=mail.try_after)
        if not claimed.update(try_after=now + _TRY_AGAIN):
            continue
        if not _sent(mail, server.send):
            due.update(try_after=now + _TRY_AGAIN)
            return
        Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())
        if time.monotonic() - begun > _LONGEST_ROUND_S:
            return


def delete_old_mails() -> int:
    """Delete mails that were sent a while ago, or cannot be; return how many those were."""
    now = timezone.now()
    vain = Mail.objects.filter(sent_at=None, requested_at__lt=now - _GIVE_UP_AFTER)
    for mail in vain:
        _log.error("mail_given_up", kind=mail.kind, account=str(mail.account_id))
    count = vain.delete()[0]
    return count + Mail.objects.filter(sent_at__lt=now - _AGAIN_AFTER).delete()[0]


def _sent(mail: Mail, send: Callable[..., None]) -> bool:
    subject, text = _written(mail)
    try:
        send(to=mail.account.email, subject=subject, text=text)
    except OSError as error:
        # Not the whole error: it repeats the address.
        _log.warning("mail_failed", kind=mail.kind, error=type(error).__name__)
        return False
    return True


def _written(mail: Mail) -> tuple[str, str]:
    """Write a mail: its subject and its text."""
    account, hub = mail.account, f"the PV Validation Hub at {settings.PUBLIC_URL}"
    if mail.kind == MailKind.APPROVED:
        return "Your account is approved", f"{account}, your account at {hub} is approved.\n"
    if mail.kind == MailKind.CONFIRM:
        return "Confirm your e-mail address", (
            f"{account}, you registered at {hub}. To confirm your e-mail address, open this link "
            f"within a day:\n\n{confirmation_link(account)}\n\nIf it was not you, do nothing.\n"
        )
    return "Set a new password", (
        f"{account}, somebody asked for a new password at {hub}. To set one, open this link within "
        f"a day:\n\n{reset_link(account)}\n\nIf it was not you, do nothing: your password stays.\n"
    )
