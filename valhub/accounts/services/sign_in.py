"""Checking who somebody is, and slowing down those who guess.

An unknown user name and a wrong password get the same answer, in the same time. Every attempt is
recorded before the password is checked, and removed when it was right, so that parallel attempts
cannot outrun the count.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from valhub.accounts.models import Account, FailedSignIn, folded
from valhub.errors import NotSignedIn, TooMany

WINDOW = timedelta(minutes=15)


def sign_in(request: HttpRequest, username: str, password: str) -> Account:
    """Check the credentials and start a session.

    Raises
    ------
    NotSignedIn, TooMany
        As `check_credentials` does.
    """
    account = check_credentials(request, username, password)
    login(request, account)
    return account


def check_credentials(request: HttpRequest, username: str, password: str) -> Account:
    """Find the account that user name and password belong to; no session is started.

    Raises
    ------
    NotSignedIn
        For an unknown or deleted account as for a wrong password.
    TooMany
        After `SIGN_IN_ATTEMPTS` failures of this name from this address within `WINDOW`, whether
        the password is right or not.
    """
    key = _guess_key(username, _client_address(request))
    attempt = _note_attempt(key)
    account = authenticate(request, username=username, password=password)
    if not isinstance(account, Account):
        raise NotSignedIn(
            "User name or password is wrong. Check both, then try again.", code="wrong-credentials"
        )
    FailedSignIn.objects.filter(key=key, id__lte=attempt.id).delete()
    return account


def delete_old_failed_sign_ins() -> int:
    """Delete the failures that no longer count; return how many those were."""
    return FailedSignIn.objects.filter(at__lt=timezone.now() - WINDOW).delete()[0]


def _note_attempt(key: str) -> FailedSignIn:
    now = timezone.now()
    attempt = FailedSignIn.objects.create(key=key, at=now)
    # A clock that was set back must not keep anybody out for longer than the window.
    counted = FailedSignIn.objects.filter(key=key, at__range=(now - WINDOW, now + WINDOW))
    if counted.count() > settings.SIGN_IN_ATTEMPTS:
        attempt.delete()
        raise TooMany(
            "Signing in failed too often for this user name. Wait fifteen minutes, then try again.",
            code="too-many-sign-ins",
            retry_after_s=int(WINDOW.total_seconds()),
        )
    return attempt


def _guess_key(username: str, address: str) -> str:
    text = f"{folded(username)}\0{address}"
    return salted_hmac("valhub.accounts.failed-sign-in", text, algorithm="sha256").hexdigest()


def _client_address(request: HttpRequest) -> str:
    """Where the request comes from; behind a proxy, what the proxy next to the hub says."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
