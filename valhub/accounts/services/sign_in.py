"""Checking who somebody is, and slowing down those who guess.

An unknown user name and a wrong password get the same answer, in the same time. `sign_in_limits`
says how many may fail.
"""

import time

import structlog
from django.contrib.auth import login
from django.contrib.auth.backends import AllowAllUsersModelBackend
from django.http import HttpRequest

from valhub.accounts.models import Account
from valhub.accounts.services.admission import refuse_waiting
from valhub.accounts.services.known_sources import remember_source
from valhub.accounts.services.networks import client_address
from valhub.accounts.services.sign_in_limits import give_back, keep_as_failure, reserve_attempt
from valhub.errors import NotSignedIn
from valhub.texts import cut

_SIGNED_IN_AT = "signed_in_at"
# What somebody sends for a name may be as long as a form; no account has a longer one than this.
_LONGEST_NAME = 150
_log = structlog.get_logger(__name__)


def sign_in(request: HttpRequest, username: str, password: str) -> Account:
    """Check the credentials and start a session.

    Raises
    ------
    NotSignedIn, TooMany
        As `check_credentials` does.
    """
    account = check_credentials(request, username, password)
    start_session(request, account)
    return account


def start_session(request: HttpRequest, account: Account) -> None:
    """Start the session of an account whose owner has just shown who they are."""
    login(request, account)
    request.session[_SIGNED_IN_AT] = time.time()


def seconds_since_sign_in(request: HttpRequest) -> float:
    """Return how long ago the session of a request was started; infinite without one."""
    return abs(time.time() - float(request.session.get(_SIGNED_IN_AT, "-inf")))


def check_credentials(request: HttpRequest, username: str, password: str) -> Account:
    """Find the account that user name and password belong to; no session is started.

    Raises
    ------
    NotSignedIn
        For an unknown or deleted account as for a wrong password.
    Forbidden
        When they are right, and the account still waits.
    TooMany
        After too many failures, whether the password is right or not.
    """
    address = client_address(request)
    attempt = reserve_attempt(username, address)
    account = authenticate(request, username=username, password=password)
    if not isinstance(account, Account):
        keep_as_failure(attempt)
        _log.warning("sign_in_failed", username=cut(username, _LONGEST_NAME), address=address)
        raise NotSignedIn(
            "User name or password is wrong. Check both, then try again.", code="wrong-credentials"
        )
    give_back(attempt)
    remember_source(account, address)
    refuse_waiting(account)
    return account


def authenticate(request: HttpRequest, username: str, password: str) -> Account | None:
    """Find an account that may sign in, or that waits: its owner deserves to know."""
    found = AllowAllUsersModelBackend().authenticate(request, username=username, password=password)
    is_known = isinstance(found, Account) and (found.is_active or found.waits_for != "")
    return found if is_known else None
