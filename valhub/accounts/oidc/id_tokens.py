"""Checking an ID token: who signed it, for whom, when, and for which attempt."""

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from valhub.accounts.oidc.client import Client
from valhub.accounts.oidc.provider import NotProven

# Only those that need the server's private half: with a shared secret, or none, anybody could sign.
_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
_KEY_TYPES = ("RSA", "EC", "OKP")
# How far the server's clock may be from ours.
_CLOCKS_S = 60


def check_id_token(
    text: str, *, client: Client, keys: Iterable[Mapping[str, Any]], nonce: str
) -> dict[str, Any]:
    """Return what a token says, if all of it holds; raises `NotProven`."""
    claims = _signed_claims(text, keys)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", None if len(audiences) > 1 else client.client_id)
    for name, holds in (
        ("iss", claims.get("iss") == client.issuer),
        ("aud", client.client_id in audiences),
        ("azp", party == client.client_id),
        ("exp", _number(claims, "exp") > time.time() - _CLOCKS_S),
        ("iat", 0 < _number(claims, "iat") < time.time() + _CLOCKS_S),
        ("nbf", _number(claims, "nbf") < time.time() + _CLOCKS_S),
        ("nonce", secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())),
    ):
        if not holds:
            raise NotProven(f"the token's {name} does not hold")
    return claims


def _signed_claims(text: str, keys: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    # Loaded with the first sign-in: hubs without an institute need none of it.
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        return jwt.decode(text, _key_set(keys), algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as error:
        raise NotProven(f"the token is not signed: {type(error).__name__}") from error


def _key_set(keys: Iterable[Mapping[str, Any]]) -> Any:
    """Take the public keys that are for signing; one that cannot be read is as if not there."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, import_key

    usable = []
    for key in keys:
        if key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig":
            try:
                usable.append(import_key(dict(key)))
            except (JoseError, ValueError, TypeError):
                continue
    return KeySet(usable)


def _number(claims: Mapping[str, Any], name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return 0.0
    return found
