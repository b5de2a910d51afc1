"""How often one network may try to take a user name and an e-mail address.

That a name is taken counts as much as a new account: otherwise anybody could ask for as many
addresses as they like. What is refused for its form is not looked up, and costs nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from valhub.accounts.models import RegistrationAttempt
from valhub.accounts.services.networks import client_address, hashed, network_of
from valhub.errors import Invalid, TooMany

WINDOW = timedelta(days=1)


@contextmanager
def registrations_counted(request: HttpRequest) -> Iterator[None]:
    """Count what the block registers, or renames, against the network of the request.

    The attempt is recorded first, and removed when a field was invalid: parallel ones cannot pass
    together, in however many processes.

    Raises
    ------
    TooMany
        After `REGISTRATIONS_PER_NETWORK` attempts within `WINDOW`; then the block does not begin.
    """
    attempt = RegistrationAttempt.objects.create(key=_key(request))
    _check(attempt)
    try:
        yield
    except Invalid:
        attempt.delete()
        raise


def delete_old_registration_attempts() -> int:
    """Delete the attempts that no longer count; return how many those were."""
    return RegistrationAttempt.objects.filter(at__lt=timezone.now() - WINDOW).delete()[0]


def _check(attempt: RegistrationAttempt) -> None:
    now = timezone.now()
    # A clock that was set back must not keep anybody out for longer than the window.
    counted = RegistrationAttempt.objects.filter(
        key=attempt.key, at__range=(now - WINDOW, now + WINDOW)
    )
    times = list(counted.order_by("-at").values_list("at", flat=True))
    most = settings.REGISTRATIONS_PER_NETWORK
    if len(times) <= most:
        return
    attempt.delete()
    left = times[most] + WINDOW - now
    raise TooMany(
        f"At most {most} registrations, changes of user names and e-mail addresses, and requests "
        "for links are allowed from one network within a day. Try again tomorrow, or ask the staff "
        "to allow more.",
        code="too-many-registrations",
        retry_after_s=max(1, min(int(left.total_seconds()) + 1, int(WINDOW.total_seconds()))),
    )


def _key(request: HttpRequest) -> str:
    return hashed("registration", network_of(client_address(request)))
