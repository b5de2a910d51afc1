"""Where an account has signed in from: failures of others do not slow it down there."""

from datetime import timedelta

from django.utils import timezone

from valhub.accounts.models import Account, KnownSource, folded
from valhub.accounts.services.networks import hashed, source_of

# An address may be somebody else's after a while.
KEPT = timedelta(days=90)
_PRECISION = timedelta(days=1)


def is_known_source(username: str, address: str) -> bool:
    """Say whether the account with this name has signed in from this address lately."""
    # No name contains NUL, and some databases reject a query that does.
    name = folded(username).replace("\0", " ")
    known = KnownSource.objects.filter(account__username_folded=name, key=_key(address))
    return known.filter(at__gt=timezone.now() - KEPT).exists()


def remember_source(account: Account, address: str) -> None:
    """Note that an account signed in from an address; written once a day at most."""
    now = timezone.now()
    row, is_new = KnownSource.objects.get_or_create(
        account=account, key=_key(address), defaults={"at": now}
    )
    if not is_new and abs(now - row.at) > _PRECISION:
        KnownSource.objects.filter(pk=row.pk).update(at=now)


def delete_old_sources() -> int:
    """Delete the sources that nobody has used for long; return how many those were."""
    return KnownSource.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def _key(address: str) -> str:
    return hashed("known-source", source_of(address))
