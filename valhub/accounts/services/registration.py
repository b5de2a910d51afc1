"""Making and changing accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from valhub.accounts.models import Account, Invitation, MailKind, WaitsFor
from valhub.accounts.services.account_fields import check_fields
from valhub.accounts.services.admission import admit, check_admission
from valhub.accounts.services.mails import request_mail
from valhub.errors import Conflict
from valhub.texts import normal_name

_TEXTS = ("username", "email", "first_name", "last_name", "github_link")


@dataclass(frozen=True)
class AccountChanges:
    """What to change; None leaves a field as it is, and an empty link removes the link."""

    username: str | None = None
    email: str | None = None
    password: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    github_link: str | None = None


def register_account(
    *,
    username: str,
    email: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    github_link: str | None = None,
    invitation: str = "",
) -> Account:
    """Make an account for a person who asks for it, if `VALHUB_REGISTRATION` lets them.

    Parameters
    ----------
    username, email, password, first_name, last_name, github_link : str
        As the person gives them.
    invitation : str
        The token of their invitation, if they have one.

    Raises
    ------
    Forbidden
        When nobody may register, or only those who have an invitation.
    InvalidFields
        When a field is invalid, or the password is too weak; every fault is named.
    Conflict
        When another account has the user name or the e-mail address, whatever their case, or a
        user name that looks like it.
    """
    invited = check_admission(invitation)
    changes = AccountChanges(username, email, password, first_name, last_name, github_link)
    account = _filled_in(changes)
    with transaction.atomic():
        admit(account, invited)
        _insert(account)
        if account.waits_for == WaitsFor.CONFIRMATION:
            request_mail(account, MailKind.CONFIRM)
    return account


def register_through_institute(username: str, email: str, invitation: Invitation | None) -> Account:
    """Make an account without a password, whose address somebody else has confirmed.

    Raises
    ------
    InvalidFields, Conflict
        As `register_account` does.
    """
    account = _filled_in(AccountChanges(username, email))
    with transaction.atomic():
        admit(account, invitation, is_confirmed=True)
        _insert(account)
    return account


def make_account(changes: AccountChanges) -> Account:
    """Make an account for somebody whom an administrator chose; raises `InvalidFields`, `Conflict`.

    It needs no approval and no invitation.
    """
    account = _filled_in(changes)
    _insert(account)
    return account


def _filled_in(changes: AccountChanges) -> Account:
    account = Account()
    check_fields(account, _fill_in(account, changes), changes.password)
    account.set_password(changes.password)
    return account


def _insert(account: Account) -> None:
    with _unique_names():
        account.save(force_insert=True)


def update_account(account: Account, changes: AccountChanges) -> Account:
    """Change what is given, and return the account as it is then.

    An empty password, or the one the account already has, is no change: sessions go on. A new one
    ends every session of the account.

    Raises
    ------
    InvalidFields, Conflict
        As `register_account` does; then nothing is changed.
    """
    password = changes.password or None
    if password is not None and account.check_password(password):
        password = None
    with transaction.atomic():
        fresh = Account.objects.select_for_update().get(pk=account.pk)
        check_fields(fresh, _fill_in(fresh, changes), password)
        if password is not None:
            fresh.set_password(password)
        with _unique_names():
            fresh.save(force_update=True)
    return fresh


def _fill_in(account: Account, changes: AccountChanges) -> set[str]:
    """Fill in what is given; returns the fields that are another text now."""
    before = {name: getattr(account, name) for name in _TEXTS}
    for name in ("username", "email", "first_name", "last_name"):
        value: str | None = getattr(changes, name)
        if value is not None:
            setattr(account, name, normal_name(value))
    account.username = Account.normalize_username(account.username)
    if changes.github_link is not None:
        account.github_link = changes.github_link.strip() or None
    return {name for name in _TEXTS if getattr(account, name) != before[name]}


@contextmanager
def _unique_names() -> Iterator[None]:
    """Let the database decide who was first."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        # Which of them stays open: who has an account here is not for others to find out.
        raise Conflict(
            "The user name or the e-mail address belongs to another account, or the user name "
            "looks like another account's. Choose another user name. If you have registered "
            "before, sign in.",
            code="name-taken",
        ) from error
