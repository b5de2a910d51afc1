"""What people do with the links in their mails, and how they get them."""

from django.db import transaction

from valhub.accounts.models import Account, MailKind, WaitsFor, folded
from valhub.accounts.services.admission import confirm_address
from valhub.accounts.services.auditing import by_account
from valhub.accounts.services.mailed_links import confirmed_by, reset_by
from valhub.accounts.services.mails import request_mail
from valhub.accounts.services.passwords import replace_password
from valhub.errors import FieldFault, InvalidFields


def request_link(email: str) -> None:
    """Send a link to the account with an address, if there is one: what it needs to be let in.

    An account that waits for confirmation gets the link that confirms; one that can sign in with
    a password gets the one that sets another.
    """
    found = Account.objects.filter(email_folded=folded(email).replace("\0", " ")).first()
    if found is None:
        return
    if found.waits_for == WaitsFor.CONFIRMATION:
        request_mail(found, MailKind.CONFIRM)
    elif found.is_active and found.has_usable_password():
        request_mail(found, MailKind.RESET)


def confirm_by_link(account_id: str, token: str) -> Account:
    """Confirm an address; gives the account as it is then. Raises `Forbidden` for a void link."""
    account = confirmed_by(account_id, token)
    confirm_address(account)
    return account


def reset_by_link(account_id: str, token: str, *, password: str) -> None:
    """Set a new password, which ends every session and revokes every token of the account.

    Raises
    ------
    Forbidden
        The link is void.
    InvalidFields
        The password is too weak.
    """
    if not password:
        raise InvalidFields((FieldFault("password", "Enter a new password."),))
    with transaction.atomic():
        Account.objects.select_for_update().filter(pk=reset_by(account_id, token).pk).first()
        # Again, now that nobody else can use it meanwhile.
        account = reset_by(account_id, token)
        replace_password(account, password, act="reset password by mail", by=by_account(account))
