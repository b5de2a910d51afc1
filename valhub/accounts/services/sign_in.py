"""Checking who somebody is, and slowing down those who guess.

An unknown user name and a wrong password get the same answer, in the same time. Every attempt is
recorded before the password is checked, and removed when it was right, so that parallel attempts
cannot outrun the count. One that is still being checked is no failure yet: those behind it wait for
its outcome instead of being refused.
"""

import time
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

import structlog
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from valhub.accounts.models import Account, FailedSignIn, folded
from valhub.errors import NotSignedIn, TooMany

WINDOW = timedelta(minutes=15)
# An attempt that has been checked for longer than this ended with its process.
CHECKED_WITHIN = timedelta(seconds=20)
LOOK_AGAIN_S = 0.05

_log = structlog.get_logger(__name__)


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
        After `SIGN_IN_ATTEMPTS` failures of this name from this address (IPv6: its /64) within
        `WINDOW`, whether the password is right or not.
    """
    address = _client_address(request)
    key = _guess_key(username, address)
    attempt = _note_attempt(key)
    account = authenticate(request, username=username, password=password)
    if not isinstance(account, Account):
        FailedSignIn.objects.filter(pk=attempt.pk).update(in_flight=False)
        _log.warning("sign_in_failed", username=username, address=address)
        raise NotSignedIn(
            "User name or password is wrong. Check both, then try again.", code="wrong-credentials"
        )
    earlier = FailedSignIn.objects.filter(key=key, id__lte=attempt.id)
    earlier.filter(Q(pk=attempt.pk) | Q(in_flight=False)).delete()
    return account


def delete_old_failed_sign_ins() -> int:
    """Delete the failures that no longer count; return how many those were."""
    return FailedSignIn.objects.filter(at__lt=timezone.now() - WINDOW).delete()[0]


def _note_attempt(key: str) -> FailedSignIn:
    """Record an attempt, once few enough others are before it.

    Whoever came first goes first, so nobody waits for somebody who waits for them.
    """
    attempt = FailedSignIn.objects.create(key=key, at=timezone.now(), in_flight=True)
    give_up = time.monotonic() + CHECKED_WITHIN.total_seconds()
    while True:
        failed, in_flight = _count_before(attempt)
        if failed + in_flight < settings.SIGN_IN_ATTEMPTS:
            return attempt
        if failed >= settings.SIGN_IN_ATTEMPTS or time.monotonic() > give_up:
            attempt.delete()
            raise TooMany(
                "Signing in failed too often for this user name. Wait fifteen minutes, then try "
                "again.",
                code="too-many-sign-ins",
                retry_after_s=int(WINDOW.total_seconds()),
            )
        time.sleep(LOOK_AGAIN_S)


def _count_before(attempt: FailedSignIn) -> tuple[int, int]:
    """Count the failures that an attempt meets, and the attempts that came before it."""
    now = timezone.now()
    # A clock that was set back must not keep anybody out for longer than the window.
    others = FailedSignIn.objects.filter(key=attempt.key, at__range=(now - WINDOW, now + WINDOW))
    checking = Q(in_flight=True, at__gt=now - CHECKED_WITHIN)
    in_flight = others.filter(checking, pk__lt=attempt.pk).count()
    return others.exclude(checking).exclude(pk=attempt.pk).count(), in_flight


def _guess_key(username: str, address: str) -> str:
    text = f"{folded(username)}\0{_source(address)}"
    return salted_hmac("valhub.accounts.failed-sign-in", text, algorithm="sha256").hexdigest()


def _source(address: str) -> str:
    """Name what one client has for itself: an IPv4 address, or the /64 network of an IPv6 one."""
    try:
        read = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    # A single customer is given 2**64 addresses, and could guess from a new one each time.
    return str(IPv6Network((int(read), 64), strict=False))


def _client_address(request: HttpRequest) -> str:
    """Where the request comes from; behind a proxy, what the proxy next to the hub says."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
