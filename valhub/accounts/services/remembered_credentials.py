"""Checking credentials that a program sends with every request.

Hashing a password is slow on purpose, so a correct one is remembered in this process for a minute,
as a keyed digest tied to the stored hash: it is void once the password changes.
"""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from valhub.accounts.models import Account
from valhub.accounts.services.sign_in import check_credentials

REMEMBERED_S = 60


def recognise_account(request: HttpRequest, username: str, password: str) -> Account:
    """Find the account that user name and password belong to; no session is started.

    Raises
    ------
    NotSignedIn, TooMany
        As `check_credentials` does.
    """
    known = _known_account(username, password)
    if known is not None:
        return known
    account = check_credentials(request, username, password)
    cache.set(_proof(account, password), "right", REMEMBERED_S)
    return account


def _known_account(username: str, password: str) -> Account | None:
    try:
        account = Account.objects.get_by_natural_key(username)
    except Account.DoesNotExist:
        return None
    return account if account.is_active and _proof(account, password) in cache else None


def _proof(account: Account, password: str) -> str:
    text = f"{account.pk}\0{account.password}\0{password}"
    return salted_hmac("valhub.accounts.recognised", text, algorithm="sha256").hexdigest()
