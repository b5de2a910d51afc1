"""Links that only the reader of an account's mails has: each works once, and for a day.

They are signed with what they change, so that using one, or another way to the same end, makes it
void. None is stored.
"""

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from valhub.accounts.models import Account, WaitsFor
from valhub.errors import Forbidden


class _ConfirmationTokens(PasswordResetTokenGenerator):
    key_salt = "valhub.accounts.confirmation"

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, Account)  # noqa: S101 - the hub's only kind
        return f"{user.pk}{user.waits_for}{user.email}{timestamp}"


_confirmation = _ConfirmationTokens()
_reset = PasswordResetTokenGenerator()


def confirmation_link(account: Account) -> str:
    """Return the link that confirms the address of an account."""
    return _link("confirm-email", account, _confirmation.make_token(account))


def reset_link(account: Account) -> str:
    """Return the link behind which an account gets a new password."""
    return _link("reset-password", account, _reset.make_token(account))


def confirmed_by(account_id: str, token: str) -> Account:
    """Find the account whose address a link confirms; raises `Forbidden` if it does not."""
    found = _named(account_id, waits_for=WaitsFor.CONFIRMATION)
    if found is None or not _confirmation.check_token(found, token):
        raise _void()
    return found


def reset_by(account_id: str, token: str) -> Account:
    """Find the account whose password a link resets; raises `Forbidden` if it does not."""
    found = _named(account_id, is_active=True)
    if found is None or not _reset.check_token(found, token):
        raise _void()
    return found


def _link(page: str, account: Account, token: str) -> str:
    query = urlencode({"account": account.pk, "token": token})
    return f"{settings.PUBLIC_URL}/{page}?{query}"


def _named(account_id: str, **state: object) -> Account | None:
    try:
        key = uuid.UUID(account_id)
    except ValueError:
        return None
    return Account.objects.filter(pk=key, deleted_at=None, **state).first()


def _void() -> Forbidden:
    return Forbidden(
        "The link is not valid: it was used already, or is older than a day. Ask for another one "
        "at /reset-password.",
        code="link-invalid",
    )
