"""How many sign-ins may fail, from one address, for one user name and from one network.

Every attempt reserves its place before the password is checked, and gives it back when it was
right, so that parallel attempts cannot outrun a limit. One that is still being checked is no
failure yet: those behind it wait for its outcome instead of being refused. Attempts are numbered
under a lock, so that each of them sees all that came before it.

The first limit, of a name from an address, refuses. The two slow ones, of a name from anywhere and
of a network for any name, bound guesses that are spread: beyond them, one attempt a minute is
checked. They neither count nor concern attempts from where the account has signed in before, so
nobody is kept out of an account by what strangers do.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone

from valhub.accounts.models import FailedSignIn, folded
from valhub.accounts.services.attempt_locks import in_order
from valhub.accounts.services.known_sources import is_known_source
from valhub.accounts.services.networks import hashed, network_of, source_of
from valhub.errors import TooMany

WINDOW = timedelta(minutes=15)
SLOW_WINDOW = timedelta(days=1)
# Beyond a slow limit, the time between two attempts.
PAUSE = timedelta(minutes=1)
# An attempt that has been checked for longer than this ended with its process.
CHECKED_WITHIN = timedelta(seconds=20)
LOOK_AGAIN_S = 0.05
_FROM_HERE = "Signing in failed too often for this user name. Wait fifteen minutes, then try again."
_BY_NAME = (
    "Signing in failed too often for this user name. Wait a minute, then try again, or sign in "
    "from where you signed in before."
)
_BY_NETWORK = "Signing in failed too often from your network. Wait a minute, then try again."


@dataclass(frozen=True)
class _Limit:
    """A limit of the attempts in one column.

    Attributes
    ----------
    column : str
        What those attempts have in common.
    most : int
        How many may fail within `window`.
    pause : timedelta or None
        How much time passes between two attempts beyond that; None when there are none.
    sentence : str
        What those read who are refused.
    """

    column: str
    most: int
    window: timedelta
    pause: timedelta | None
    sentence: str


@dataclass(frozen=True)
class _Met:
    """The failures that an attempt meets, those that are being checked before it, the latest."""

    failed: int
    in_flight: int
    latest: datetime | None


def reserve_attempt(username: str, address: str) -> FailedSignIn:
    """Record an attempt, once few enough others are before it.

    Whoever came first goes first, so nobody waits for somebody who waits for them.

    Raises
    ------
    TooMany
        When too many failed; then nothing is recorded.
    """
    attempt = _new_attempt(username, address)
    give_up = time.monotonic() + CHECKED_WITHIN.total_seconds()
    for limit in _limits(attempt):
        while _must_wait_for_others(limit, attempt):
            if time.monotonic() > give_up:
                raise _refusal(limit, attempt, limit.pause or limit.window)
            time.sleep(LOOK_AGAIN_S)
    return attempt


def keep_as_failure(attempt: FailedSignIn) -> None:
    """Let an attempt count: its password was wrong."""
    FailedSignIn.objects.filter(pk=attempt.pk).update(in_flight=False)


def give_back(attempt: FailedSignIn) -> None:
    """Forget an attempt whose password was right, and the failures before it from there."""
    earlier = FailedSignIn.objects.filter(key=attempt.key, id__lte=attempt.id)
    earlier.filter(Q(pk=attempt.pk) | Q(in_flight=False)).delete()


def delete_old_failed_sign_ins() -> int:
    """Delete the failures that no longer count; return how many those were."""
    return FailedSignIn.objects.filter(at__lt=timezone.now() - SLOW_WINDOW).delete()[0]


def _new_attempt(username: str, address: str) -> FailedSignIn:
    name = folded(username)
    name_key = hashed("failed-sign-in.name", name)
    network_key = hashed("failed-sign-in.network", network_of(address))
    known = is_known_source(username, address)
    with in_order(name_key, network_key):
        return FailedSignIn.objects.create(
            key=hashed("failed-sign-in", f"{name}\0{source_of(address)}"),
            name_key="" if known else name_key,
            network_key="" if known else network_key,
            at=timezone.now(),
            in_flight=True,
        )


def _limits(attempt: FailedSignIn) -> tuple[_Limit, ...]:
    """List the limits that concern an attempt, as the settings are."""
    by_name, by_network = settings.SIGN_IN_ATTEMPTS_PER_NAME, settings.SIGN_IN_ATTEMPTS_PER_NETWORK
    first = _Limit("key", settings.SIGN_IN_ATTEMPTS, WINDOW, None, _FROM_HERE)
    slow = (
        _Limit("name_key", by_name, SLOW_WINDOW, PAUSE, _BY_NAME),
        _Limit("network_key", by_network, SLOW_WINDOW, PAUSE, _BY_NETWORK),
    )
    return (first, *slow) if attempt.name_key else (first,)


def _must_wait_for_others(limit: _Limit, attempt: FailedSignIn) -> bool:
    """Say whether the outcome of earlier attempts decides; raise `TooMany` when it has."""
    met = _met(limit, attempt)
    if met.failed + met.in_flight < limit.most:
        return False
    if met.failed < limit.most:
        return True
    if limit.pause is None:
        raise _refusal(limit, attempt, limit.window)
    wait = limit.pause - abs(timezone.now() - met.latest) if met.latest else timedelta(0)
    if wait > timedelta(0):
        raise _refusal(limit, attempt, wait)
    return False


def _met(limit: _Limit, attempt: FailedSignIn) -> _Met:
    """Count what an attempt meets, in one query: between two, an attempt could become a failure."""
    now = timezone.now()
    checking = Q(in_flight=True, at__gt=now - CHECKED_WITHIN)
    # A clock that was set back must not keep anybody out for longer than the window.
    others = FailedSignIn.objects.filter(
        ~checking | Q(pk__lt=attempt.pk),
        **{limit.column: getattr(attempt, limit.column)},
        at__range=(now - limit.window, now + limit.window),
    ).exclude(pk=attempt.pk)
    found = others.aggregate(
        failed=Count("pk", filter=~checking),
        in_flight=Count("pk", filter=checking),
        latest=Max("at"),
    )
    return _Met(**found)


def _refusal(limit: _Limit, attempt: FailedSignIn, wait: timedelta) -> TooMany:
    attempt.delete()
    seconds = max(1, int(wait.total_seconds()))
    return TooMany(limit.sentence, code="too-many-sign-ins", retry_after_s=seconds)
