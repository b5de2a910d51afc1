"""What a browser keeps while its owner is at the institute: a signed cookie, for ten minutes.

It ties the answer to the browser that asked (state), the token to this attempt (nonce), and the
code to whoever holds the verifier (PKCE). The hub stores nothing, so asking costs it no row.
"""

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.core import signing

from valhub.accounts.oidc.client import Client
from valhub.accounts.oidc.provider import Metadata, NotProven

MOST_SECONDS = 600
_SALT = "valhub.accounts.oidc.attempts"


@dataclass(frozen=True)
class Attempt:
    """One visit to the institute, and the page on which it began."""

    target: str
    state: str
    nonce: str
    verifier: str


def new_attempt(target: str) -> Attempt:
    """Begin a visit that leads to a page of the hub afterwards."""
    return Attempt(target, *(secrets.token_urlsafe(32) for _ in range(3)))


def address_for(client: Client, metadata: Metadata, attempt: Attempt, *, redirect_uri: str) -> str:
    """Return the address at which the institute asks who somebody is."""
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    separator = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{separator}{urlencode(query)}"


def to_cookie(attempt: Attempt) -> str:
    """Sign an attempt, for its browser."""
    return signing.dumps(asdict(attempt), salt=_SALT)


def from_cookie(text: str) -> Attempt:
    """Read an attempt back; raises `NotProven` for one that is old, or not the hub's."""
    try:
        return Attempt(**signing.loads(text, salt=_SALT, max_age=MOST_SECONDS))
    except signing.BadSignature:
        raise NotProven("the browser has no attempt") from None
