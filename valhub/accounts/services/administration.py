"""What administrators do with accounts: roles, passwords, access. Each act is in the audit log."""

import secrets

from django.db import transaction

from valhub.accounts.models import Account, MailKind, WaitsFor
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.mails import request_mail
from valhub.accounts.services.passwords import replace_password
from valhub.accounts.services.registration import AccountChanges, make_account, update_account
from valhub.errors import Conflict, Forbidden

_PASSWORD_BYTES = 15
# What the audit log calls giving and taking each role.
_ACTS = {
    ("is_organiser", True): "approve organiser",
    ("is_organiser", False): "take back approval",
    ("is_active", True): "activate",
    ("is_active", False): "deactivate",
}


def make_password() -> str:
    """Make a password that nobody guesses, of 20 characters."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def create_superuser(*, username: str, email: str, password: str, by: str) -> Account:
    """Make an account of the staff with every permission; raises as `make_account`."""
    with transaction.atomic():
        account = make_account(AccountChanges(username, email, password))
        account.is_staff = account.is_superuser = True
        account.save(update_fields=["is_staff", "is_superuser"])
        record_act(by, "create superuser", account)
    return account


def reset_password(account: Account, *, password: str, by: str) -> int:
    """Give an account a new password, end its sessions and revoke its tokens.

    Gives how many tokens those were. Raises `InvalidFields`.
    """
    return replace_password(account, password, act="reset password", by=by)


def approve_account(account: Account, *, by: str) -> None:
    """Let somebody sign in who waits for approval.

    Raises
    ------
    Conflict
        The account does not wait for it.
    """
    waiting = Account.objects.filter(pk=account.pk, waits_for=WaitsFor.APPROVAL)
    with transaction.atomic():
        if not waiting.update(is_active=True, waits_for=WaitsFor.NOTHING):
            raise Conflict(f"Nothing to approve: {account} does not wait for approval.")
        record_act(by, "approve account", account)
        request_mail(account, MailKind.APPROVED)


def switch_role(account: Account, role: str, *, on: bool, by: str) -> None:
    """Give an account a role, or take it.

    Parameters
    ----------
    role : {"is_organiser", "is_active"}
        Whether it may publish analyses where these need approval; whether it may sign in.

    Raises
    ------
    Conflict
        It is so already, or the account was deleted.
    """
    rows = Account.objects.filter(pk=account.pk, deleted_at=None, **{role: not on})
    switched: dict[str, object] = {role: on}
    if role == "is_active":
        switched["waits_for"] = WaitsFor.NOTHING
    with transaction.atomic():
        if not rows.update(**switched):
            raise Conflict(f"Nothing to change: {account} is {_state(role, on=on)} already.")
        record_act(by, _ACTS[role, on], account)


def update_as_staff(account: Account, changes: AccountChanges, *, by: Account) -> Account:
    """Change another person's account, but for what would make `by` that person.

    Raises
    ------
    Forbidden
        The user name or the e-mail address would change, or a password is given.
    InvalidFields, Conflict
        As `update_account` does.
    """
    for name in ("username", "email"):
        if getattr(changes, name) not in (None, getattr(account, name)):
            raise _owners_only(name)
    # Also if it is the one that the account has: the answer would confirm a guess.
    if changes.password:
        raise _owners_only("password")
    with transaction.atomic():
        changed = update_account(account, changes)
        record_act(by_account(by), "edit account", account)
    return changed


def delete_as_staff(account: Account, *, by: Account) -> None:
    """Delete another person's account; see `delete_account`."""
    with transaction.atomic():
        delete_account(account)
        record_act(by_account(by), "delete account", account)


def _owners_only(field: str) -> Forbidden:
    return Forbidden(
        f"Only its owner changes the {field} of an account. An administrator can set a new "
        "password with `valhub admin reset-password`.",
        code="owners-only",
        field=field,
    )


def _state(role: str, *, on: bool) -> str:
    words = {"is_organiser": "an organiser", "is_active": "active"}[role]
    return words if on else f"not {words}"
