"""Tokens, with which programs sign in: making, recognising and revoking them.

Every request looks its token up, so that a revoked one ends with the request before.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone

from valhub.accounts.models import Account, Scope, Token
from valhub.accounts.services.secret_texts import digest_of, make_secret
from valhub.errors import Conflict, FieldFault, InvalidFields, NotFound, NotSignedIn
from valhub.texts import name_problem, normal_name

PREFIX = "vh_"
USUAL_DAYS = 90
MOST_DAYS = 366
MOST_TOKENS = 100
MOST_NAME_CHARACTERS = 100
_SHOWN_CHARACTERS = len(PREFIX) + 6
# How exact the time of the last use is.
_NOTED_EACH = timedelta(minutes=1)


def make_token(
    account: Account, *, name: str, scopes: Collection[Scope], days: int = USUAL_DAYS
) -> tuple[Token, str]:
    """Make a token.

    Parameters
    ----------
    scopes : collection of Scope
        What it may be used for; reading is always among it.
    days : int
        After how many days it expires, 1 to `MOST_DAYS`.

    Returns
    -------
    Token
        Its row.
    str
        Its text, which nothing can show again.

    Raises
    ------
    InvalidFields
        With every fault of the name and the days.
    Conflict
        The account has `MOST_TOKENS` tokens that have not expired.
    """
    name = normal_name(name)
    _check(name, days)
    now = timezone.now()
    account.tokens.filter(expires_at__lte=now).delete()
    if account.tokens.count() >= MOST_TOKENS:
        sentence = f"You have {MOST_TOKENS} tokens. Revoke one that you no longer use."
        raise Conflict(sentence, code="too-many-tokens")
    text = PREFIX + make_secret()
    token = Token.objects.create(
        account=account,
        name=name,
        prefix=text[:_SHOWN_CHARACTERS],
        digest=digest_of(text),
        scopes=[scope for scope in Scope if scope in {Scope.READ, *scopes}],
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return token, text


def recognise_token(text: str) -> Token:
    """Find a token by its text, and note that it was used.

    Raises
    ------
    NotSignedIn
        There is none, it was revoked, it expired, or its account may not sign in.
    """
    found = Token.objects.select_related("account").filter(digest=digest_of(text)).first()
    now = timezone.now()
    if found is None or not found.account.is_active:
        raise NotSignedIn(
            "The token is not valid. It may have been revoked: make a new one.",
            code="invalid-token",
        )
    if found.expires_at <= now:
        raise NotSignedIn(
            f"The token expired on {found.expires_at:%Y-%m-%d}. Make a new one.",
            code="expired-token",
        )
    _note_use(found, now)
    return found


def revoke_token(account: Account, token_id: int) -> None:
    """Delete one of an account's tokens; raises `NotFound`."""
    if not account.tokens.filter(pk=token_id).delete()[0]:
        raise NotFound("You have no such token.", code="no-such-token")


def revoke_all_tokens(account: Account) -> int:
    """Delete all tokens of an account; gives how many those were."""
    return account.tokens.all().delete()[0]


def _note_use(token: Token, now: datetime) -> None:
    if token.last_used_at is None or now - token.last_used_at >= _NOTED_EACH:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)


def _check(name: str, days: int) -> None:
    faults = []
    if not name:
        faults.append(FieldFault("name", "The name is empty. Name what will use the token."))
    if problem := name_problem(name, MOST_NAME_CHARACTERS):
        faults.append(FieldFault("name", " ".join(problem)))
    if not 1 <= days <= MOST_DAYS:
        faults.append(FieldFault("days", f"It is {days}. Choose 1 to {MOST_DAYS} days."))
    if faults:
        raise InvalidFields(tuple(faults))
