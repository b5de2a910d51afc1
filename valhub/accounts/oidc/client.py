"""The settings `VALHUB_OIDC_…`: which server is asked who somebody is, and as which client."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from valhub.texts import cut, name_problem

_LONGEST = 200
_LONGEST_NAME = 60
_ISSUER = re.compile(r"https?://[\w.\[\]:-]+(/[\w.~%!$&'()*+,;=:@/-]*)?", re.ASCII)
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Client:
    """What the hub is at the institute's server.

    Attributes
    ----------
    issuer : str
        The server, as it calls itself.
    client_id, secret : str
        What the server knows the hub by.
    name : str
        What people call the institute.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    name: str


def read_client(*, issuer: str, client_id: str, secret: str, name: str) -> Client | None:
    """Read the settings; None without them.

    Raises
    ------
    ImproperlyConfigured
        One is missing, or has another form.
    """
    if issuer and not (_ISSUER.fullmatch(issuer) and len(issuer) <= _LONGEST and is_safe(issuer)):
        raise ImproperlyConfigured(
            f"VALHUB_OIDC_ISSUER is {cut(issuer, 40)!r}; set it to the server's issuer, such as "
            "https://login.example/realms/lab, as it stands in its discovery document."
        )
    if name_problem(name, _LONGEST_NAME) is not None:
        raise ImproperlyConfigured(
            f"VALHUB_OIDC_NAME is {cut(name, 40)!r}; set it to the institute's name, in at most "
            f"{_LONGEST_NAME} characters."
        )
    given = (issuer, client_id, secret)
    if any(given) != all(given) or (name and not issuer):
        raise ImproperlyConfigured(
            "VALHUB_OIDC_ISSUER, VALHUB_OIDC_CLIENT_ID and VALHUB_OIDC_CLIENT_SECRET need each "
            "other, and VALHUB_OIDC_NAME needs them; set them together, or none of them."
        )
    if not issuer:
        return None
    return Client(issuer, client_id, secret, name or "your institute")


def is_safe(url: str) -> bool:
    """Return whether nobody on the way can read or change what is sent to an address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or _is_local(parts.scheme, host))


def _is_local(scheme: str, host: str) -> bool:
    return scheme == "http" and host in _THIS_MACHINE
