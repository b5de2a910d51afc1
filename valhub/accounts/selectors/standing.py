"""Whether those who were let in a while ago still would be: asked of many at once, in few queries.

A stream of events lasts longer than a token may: it was revoked, its account was deactivated,
somebody signed out. What let a reader in is compared with what the database says now.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from django.contrib.sessions.models import Session
from django.utils import timezone

from valhub.accounts.models import Account, Token

# What every database takes as values of one query.
_AT_ONCE = 500
K = TypeVar("K")


@dataclass(frozen=True)
class Standing:
    """What let somebody in: the account as it was, and the token or the session that showed it."""

    account_id: UUID
    is_staff: bool
    password: str = field(repr=False)
    token_id: int | None = None
    session_key: str | None = field(default=None, repr=False)


def standing_of(account: Account, *, token: Token | None, session_key: str | None) -> Standing:
    """Say what lets an account in now."""
    return Standing(
        account_id=account.pk,
        is_staff=account.is_staff,
        password=account.password,
        token_id=token.pk if token else None,
        session_key=None if token else session_key,
    )


def still_let_in(standings: Collection[Standing]) -> set[Standing]:
    """Find those that would be let in now as they were.

    A changed password ends sessions, and a new right changes what is shown: whoever is left out can
    ask again, and is then judged as everybody.
    """
    now = timezone.now()
    accounts: set[tuple[UUID, bool, str]] = set()
    for some in _batches(one.account_id for one in standings):
        rows = Account.objects.filter(pk__in=some, is_active=True, deleted_at=None)
        accounts.update(rows.values_list("pk", "is_staff", "password"))
    tokens: set[int] = set()
    for numbers in _batches(one.token_id for one in standings):
        found = Token.objects.filter(pk__in=numbers, expires_at__gt=now)
        tokens.update(found.values_list("pk", flat=True))
    sessions: set[str] = set()
    for keys in _batches(one.session_key for one in standings):
        known = Session.objects.filter(pk__in=keys, expire_date__gt=now)
        sessions.update(known.values_list("pk", flat=True))
    return {
        one
        for one in standings
        if (one.account_id, one.is_staff, one.password) in accounts
        and (one.token_id in tokens or one.session_key in sessions)
    }


def _batches(keys: Iterable[K | None]) -> Iterator[Sequence[K]]:
    """Every key once, in pieces that fit into a query."""
    found = [*{key for key in keys if key is not None}]
    return (found[start : start + _AT_ONCE] for start in range(0, len(found), _AT_ONCE))
