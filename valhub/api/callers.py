"""Who calls an API route, and whether a browser was led there by another site.

A caller is known by the session that `/login` started, or by HTTP Basic credentials, which every
route takes. A request that changes something is rejected when the browser says that another
site sent it. Programs do not send the headers that say so, and need no token.
"""

import base64
import binascii

from django.conf import settings
from django.http import HttpRequest

from valhub.accounts.models import Account
from valhub.accounts.services.remembered_credentials import recognise_account
from valhub.errors import Forbidden, Malformed, NotSignedIn
from valhub.http.request_ids import bind_account


class BrokenAuthorization(Malformed):
    """The Authorization header is malformed. Send `Basic` and base64 of `username:password`."""

    code = "broken-authorization"


def caller(request: HttpRequest) -> Account | None:
    """Find who calls; None when nobody is signed in.

    Raises
    ------
    BrokenAuthorization, NotSignedIn, TooMany
        When Basic credentials were sent and are wrong. They never fall back to the session.
    """
    credentials = basic_credentials(request)
    account = recognise_account(request, *credentials) if credentials else request.user
    if not isinstance(account, Account):
        return None
    bind_account(account.pk)
    return account


def signed_in_caller(request: HttpRequest) -> Account:
    """Find who calls.

    Raises
    ------
    NotSignedIn
        When nobody is signed in.
    """
    account = caller(request)
    if account is None:
        raise NotSignedIn
    return account


def basic_credentials(request: HttpRequest) -> tuple[str, str] | None:
    """Read user name and password from the header Authorization; None when there is no header."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise BrokenAuthorization from error
    username, colon, password = text.partition(":")
    if scheme.lower() != "basic" or not colon or "\0" in text:
        raise BrokenAuthorization
    return username, password


def refuse_other_sites(request: HttpRequest) -> None:
    """Let programs and the hub's own pages pass.

    Every browser of today sends `Sec-Fetch-Site`, and `Origin` with what another site's page
    posts; neither can be set by that page.

    Raises
    ------
    Forbidden
        When the browser names another site, also one of the same domain.
    """
    origin = request.headers.get("Origin")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin") or (origin is not None and not _own(request, origin)):
        raise Forbidden(
            "Another site's page sent this request, so nothing was changed. Use the hub's own "
            "pages; if this was one of them, the hub's proxy has to pass on Host with its port.",
            code="cross-site",
        )


def _own(request: HttpRequest, origin: str) -> bool:
    # Compared as texts, as browsers write it: not everything that is sent can be parsed.
    return origin == f"{request.scheme}://{request.get_host()}"
