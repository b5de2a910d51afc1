"""Letting attempts follow each other, in however many processes.

A database hands out numbers before it commits: without a lock, an attempt to sign in could count
those before it while one of them is still unseen, and both would take the same place. Likewise two
uploads could both find room for one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from valhub.accounts.models import Account, AttemptLock

_FOR_EACH = 64


@contextmanager
def in_order(name_key: str, network_key: str) -> Iterator[None]:
    """Let what the block writes be numbered after what others wrote for the name or the network."""
    # All names come before all networks, so nobody waits for somebody who waits for them.
    numbers = _number(name_key), _FOR_EACH + _number(network_key)
    _make_missing(numbers)
    with transaction.atomic():
        _lock(numbers)
        yield


def lock_uploads(account: Account) -> None:
    """Let uploads of an account follow each other; inside a transaction, until its end."""
    numbers = (2 * _FOR_EACH + account.pk.int % _FOR_EACH,)
    _make_missing(numbers)
    _lock(numbers)


def _number(key: str) -> int:
    return int(key[:8], 16) % _FOR_EACH


def _make_missing(numbers: tuple[int, ...]) -> None:
    there = set(AttemptLock.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    missing = [AttemptLock(number=number) for number in numbers if number not in there]
    if missing:
        AttemptLock.objects.bulk_create(missing, ignore_conflicts=True)


def _lock(numbers: tuple[int, ...]) -> None:
    for number in numbers:
        AttemptLock.objects.filter(pk=number).update(locked_at=timezone.now())
