"""Texts that let their holder in, such as tokens and invitations; only a hash of them is stored.

They are 256 random bits, so a plain hash is enough: nobody can guess what it is of.
"""

import hashlib
import secrets

_BYTES = 32


def make_secret() -> str:
    """Make a text that nobody guesses, safe in addresses and headers."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(text: str) -> str:
    """Return what is stored of a text: 64 characters. What is not Unicode is of nothing stored."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
