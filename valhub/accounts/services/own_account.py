"""What people change of their own accounts.

A session proves little: somebody may have found it open. Whoever changes the password or the
e-mail address, or deletes the account, gives the current password again, and guesses count as
failed sign-ins. Each of these is in the audit log and ends all other sessions of the account.
Tokens go on working, because programs would stop, unless the owner wants them revoked.
"""

from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from valhub.accounts.models import Account
from valhub.accounts.services.auditing import by_account, record_act
from valhub.accounts.services.deletion import delete_account
from valhub.accounts.services.registration import AccountChanges, update_account
from valhub.accounts.services.registration_limit import registrations_counted
from valhub.accounts.services.sign_in import check_credentials, seconds_since_sign_in
from valhub.accounts.services.tokens import revoke_all_tokens
from valhub.errors import Forbidden, NotSignedIn
from valhub.texts import normal_name

# For accounts without a password, whose owners sign in elsewhere.
_SIGNED_IN_WITHIN_S = 600.0
FIELD = "currentPassword"


def update_own_account(
    request: HttpRequest,
    account: Account,
    changes: AccountChanges,
    *,
    current: str | None,
    revokes_tokens: bool = False,
) -> Account:
    """Change what is given of the caller's account, and return it as it is then.

    Parameters
    ----------
    request : HttpRequest
        The caller's; its session goes on.
    account : Account
        The caller's.
    changes : AccountChanges
        What to change.
    current : str or None
        The current password, as the request gives it. Names need none.
    revokes_tokens : bool
        Whether a new password also revokes all tokens of the account.

    Raises
    ------
    Forbidden
        The password or the e-mail address would change, and `current` is missing or wrong.
    InvalidFields, Conflict, TooMany
        As `update_account`, `check_credentials` and `registrations_counted` do; then nothing is
        changed.
    """
    if changes.password or _is_new(changes.email, account.email):
        _confirm(request, account, current)
    if _is_new(changes.email, account.email) or _is_new(changes.username, account.username):
        with registrations_counted(request):
            changed = _update(account, changes, current, revokes_tokens=revokes_tokens)
    else:
        changed = _update(account, changes, current, revokes_tokens=revokes_tokens)
    if account == request.user:
        update_session_auth_hash(request, changed)
    return changed


def delete_own_account(request: HttpRequest, account: Account, *, current: str | None) -> None:
    """Delete the caller's account; raises as `update_own_account` does without the password."""
    _confirm(request, account, current)
    with transaction.atomic():
        delete_account(account)
        record_act(by_account(account), "delete account", account)


def _confirm(request: HttpRequest, account: Account, current: str | None) -> None:
    """Refuse those who do not know the password."""
    if not account.has_usable_password():
        if seconds_since_sign_in(request) > _SIGNED_IN_WITHIN_S:
            raise Forbidden(
                "Sign out and sign in again, then repeat this within ten minutes.",
                code="sign-in-again",
            )
        return
    if not current:
        raise Forbidden(
            "Only who knows the current password may change the password or the e-mail address, "
            f"or delete the account. Send it as {FIELD}.",
            code="current-password-missing",
            field=FIELD,
        )
    try:
        check_credentials(request, account.username, current)
    except NotSignedIn as error:
        raise Forbidden(
            f"This is not the current password. Send it as {FIELD}.",
            code="wrong-current-password",
            field=FIELD,
        ) from error


@transaction.atomic
def _update(
    account: Account, changes: AccountChanges, current: str | None, *, revokes_tokens: bool
) -> Account:
    changed = update_account(account, changes)
    new_password = changed.password != account.password
    if new_password:
        details = {"tokens_revoked": revoke_all_tokens(account)} if revokes_tokens else {}
        record_act(by_account(account), "change password", account, **details)
    if changed.email != account.email:
        record_act(by_account(account), "change e-mail", account)
        if not new_password:
            _end_sessions(changed, current)
    return changed


def _end_sessions(account: Account, current: str | None) -> None:
    """Store the same password as another hash: sessions are tied to it."""
    account.set_password(current if account.has_usable_password() else None)
    account.save(update_fields=["password"])


def _is_new(text: str | None, now: str) -> bool:
    return text is not None and normal_name(text) != now
