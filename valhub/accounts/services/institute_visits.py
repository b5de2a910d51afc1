"""Visits to the institute's own server: how they begin, and who came back from one."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from valhub.accounts.models import Account, folded
from valhub.accounts.oidc.attempts import (
    MOST_SECONDS,
    Attempt,
    address_for,
    from_cookie,
    new_attempt,
    to_cookie,
)
from valhub.accounts.oidc.client import Client
from valhub.accounts.oidc.id_tokens import check_id_token
from valhub.accounts.oidc.provider import (
    NotProven,
    keys_of,
    metadata_of,
    redeem_code,
    userinfo_of,
)
from valhub.accounts.services.auditing import by_account
from valhub.accounts.services.institute import Person, account_of, link_identity
from valhub.accounts.services.sign_in import check_credentials, start_session
from valhub.errors import Forbidden, NotFound
from valhub.texts import name_problem

CALLBACK = "/sign-in/institute/callback"
_LONGEST = 200
_SALT = "valhub.accounts.institute_visits"


def institute_name() -> str:
    """Return what people call the institute; empty where nobody signs in in this way."""
    return settings.OIDC.name if settings.OIDC else ""


def begin_visit(target: str) -> tuple[str, str]:
    """Return the institute's address for somebody, and what their browser keeps meanwhile.

    Parameters
    ----------
    target : str
        The page to which they go afterwards.

    Raises
    ------
    NotFound
        Nobody signs in in this way here.
    Unavailable
        The institute's server does not answer.
    """
    client = _client()
    attempt = new_attempt(target)
    address = address_for(client, metadata_of(client), attempt, redirect_uri=_redirect_uri())
    return address, to_cookie(attempt)


def end_visit(request: HttpRequest, cookie: str) -> tuple[Person, str]:
    """Find out who came back, and where they wanted to go.

    Parameters
    ----------
    request : HttpRequest
        What the institute sent their browser to.
    cookie : str
        What the browser kept.

    Raises
    ------
    NotProven
        It does not prove who somebody is; the log says why.
    Forbidden
        The institute has not confirmed the e-mail address of somebody who is new.
    NotFound, Unavailable
        As `begin_visit` does.
    """
    client = _client()
    attempt = from_cookie(cookie)
    return _person(client, attempt, _code(request, client, attempt)), attempt.target


def keep_person(person: Person, account: Account, target: str) -> str:
    """Sign who somebody is, for their browser to keep while they enter a password."""
    kept = [person.subject, person.email, str(account.pk), target]
    return signing.dumps(kept, salt=_SALT)


def kept_person(cookie: str) -> tuple[str, Account, str]:
    """Read back who somebody is, the account that has their address, and where they want to go.

    Raises
    ------
    NotProven
        It is old, not the hub's, or no account has the address any more.
    """
    _client()
    try:
        subject, email, account_id, target = signing.loads(cookie, salt=_SALT, max_age=MOST_SECONDS)
    except signing.BadSignature:
        raise NotProven("the browser keeps nobody") from None
    account = Account.objects.filter(pk=account_id, email_folded=folded(email)).first()
    if account is None:
        raise NotProven("no account has the address any more")
    return subject, account, target


def link_with_password(
    request: HttpRequest, *, subject: str, account: Account, password: str
) -> None:
    """Let somebody sign in through the institute to an account whose password they know.

    Raises
    ------
    NotSignedIn, Forbidden, TooMany
        As `check_credentials` does.
    Conflict
        Another account was linked meanwhile.
    """
    checked = check_credentials(request, account.username, password)
    if account_of(_client().issuer, subject) != checked:
        link_identity(checked, subject, by=by_account(checked))
    start_session(request, checked)


def _client() -> Client:
    client: Client | None = settings.OIDC
    if client is None:
        raise NotFound()
    return client


def _redirect_uri() -> str:
    return f"{settings.PUBLIC_URL}{CALLBACK}"


def _code(request: HttpRequest, client: Client, attempt: Attempt) -> str:
    """Read the code that the institute sent for this attempt."""
    if request.GET.getlist("state") != [attempt.state]:
        raise NotProven("the state is another attempt's")
    if request.GET.get("iss", client.issuer) != client.issuer:
        raise NotProven("another issuer answered")
    if "error" in request.GET:
        raise NotProven("the institute refused, or somebody gave up")
    return request.GET.get("code", "")


def _person(client: Client, attempt: Attempt, code: str) -> Person:
    metadata = metadata_of(client)
    tokens = redeem_code(
        client, metadata, code=code, verifier=attempt.verifier, redirect_uri=_redirect_uri()
    )
    claims = check_id_token(
        str(tokens.get("id_token")), client=client, keys=keys_of(metadata), nonce=attempt.nonce
    )
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or name_problem(subject, _LONGEST):
        raise NotProven("the token names nobody")
    if account_of(client.issuer, subject):
        return Person(client.issuer, subject, email="", called="")
    if "email" not in claims:
        more = userinfo_of(metadata, str(tokens.get("access_token", "")))
        if more.get("sub", subject) != subject:
            raise NotProven("the user information is another person's")
        claims = more | claims
    return _new_person(client, subject, claims)


def _new_person(client: Client, subject: str, claims: dict[str, object]) -> Person:
    email = str(claims.get("email", "")).strip()
    # Some servers write it as a text.
    if email and claims.get("email_verified") not in (True, "true"):
        raise Forbidden(
            "Your institute has not confirmed your e-mail address. Confirm it there, then sign in "
            "again.",
            code="institute-address-not-confirmed",
        )
    called = claims.get("preferred_username")
    return Person(client.issuer, subject, email, called if isinstance(called, str) else email)
