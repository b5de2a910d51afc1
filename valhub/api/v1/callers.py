"""Who calls a route of v1, and what their token allows.

A caller sends a token, or has the session of a browser. Nobody's own name and password are read
here: HTTP Basic is for the documented routes.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from ninja.security.base import AuthBase

from valhub.accounts.models import Account, Scope, Token
from valhub.accounts.services.tokens import recognise_token
from valhub.api.callers import BrokenAuthorization, refuse_other_sites
from valhub.api.routing import SAFE_METHODS
from valhub.errors import Forbidden, NotSignedIn
from valhub.http.request_ids import bind_account


@dataclass(frozen=True)
class Caller:
    """Who calls; `account` is None for nobody, and `token` for those who have a session."""

    account: Account | None
    token: Token | None = None


class Bearer(AuthBase):
    """Lets callers pass to a route.

    Parameters
    ----------
    scope : Scope, optional
        What their token has to allow; None for routes that take no token at all.
    everybody : bool
        Whether the route also answers those who are not signed in.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: Scope | None = Scope.READ, *, everybody: bool = False) -> None:
        super().__init__()
        self._scope = scope
        self._everybody = everybody

    def __call__(self, request: HttpRequest) -> Caller:
        """Find who calls.

        Raises
        ------
        NotSignedIn
            Nobody is signed in, or the token is not valid. A wrong one never falls back to the
            session.
        Forbidden
            The token does not allow this, or another site's page sent the request.
        """
        text = _token_text(request)
        token = None if text is None else self._of_token(text)
        account = token.account if token else self._of_session(request)
        if account is None and not self._everybody:
            raise NotSignedIn("You are not signed in. Send a token: `Authorization: Bearer vh_…`.")
        if account is not None:
            bind_account(account.pk)
        return Caller(account, token)

    def _of_token(self, text: str) -> Token:
        token = recognise_token(text)
        if self._scope is None:
            sentence = "No token allows this. Sign in on the hub's pages."
            raise Forbidden(sentence, code="needs-session")
        if self._scope not in token.scopes:
            raise Forbidden(
                f"The token does not have the scope {self._scope}. Make one that has it.",
                code="needs-scope",
            )
        return token

    @staticmethod
    def _of_session(request: HttpRequest) -> Account | None:
        # Before the session is read: a request without one may register, for instance.
        if request.method not in SAFE_METHODS:
            refuse_other_sites(request)
        return request.user if isinstance(request.user, Account) else None


Anybody = Bearer(everybody=True)
"""Everybody may call; a token has to allow reading."""
Reader = Bearer()
"""Those who are signed in, with any token."""
Submitter = Bearer(Scope.SUBMIT)
"""Those whose token allows submitting, or who have a session."""
Organiser = Bearer(Scope.ORGANISE)
"""Those whose token allows organising, or who have a session."""
InSession = Bearer(None)
"""Those who have a session."""


def account_of(request: HttpRequest) -> Account:
    """Give the account that calls a route for signed-in callers."""
    account = viewer_of(request)
    assert account is not None  # noqa: S101 - `Bearer` let nobody else pass
    return account


def viewer_of(request: HttpRequest) -> Account | None:
    """Give the account that calls a route; None for nobody."""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    return caller.account


def token_of(request: HttpRequest) -> Token | None:
    """Give the token that a caller sent; None for a session."""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    return caller.token


def _token_text(request: HttpRequest) -> str | None:
    """Read the token of a request; None when it has none."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise BrokenAuthorization(
            "The Authorization header is not supported here. Send `Bearer` and a token."
        )
    return text.strip()
