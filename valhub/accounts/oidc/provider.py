"""Talking to the institute's server: its discovery document, its keys, a code for a token.

It may be down or slow. Each answer has a few seconds and a size, no redirection is followed, and
only some threads of a web process wait for it at once: the others serve everybody else.
"""

import base64
import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import quote_plus, urlencode

import structlog

from valhub.accounts.oidc.client import Client, is_safe
from valhub.errors import Forbidden, Unavailable

_TIMEOUT_S = 5.0
_ANSWER_S = 8.0
_MOST_BYTES = 1024 * 1024
_AT_ONCE = 4
_DISCOVERY = "/.well-known/openid-configuration"
# How long somebody waits while somebody else reads the discovery document.
_TURN_S = 1.0
# How long a discovery document is believed, and how long the server is left alone after a failure.
_REMEMBERED_S = 600.0
_LEFT_ALONE_S = 5.0

_log = structlog.get_logger(__name__)
_waiting = threading.BoundedSemaphore(_AT_ONCE)
_discovery = threading.Lock()
_known: dict[str, tuple[float, "Metadata | None"]] = {}


class NotProven(Forbidden):
    """The institute's sign-in could not be completed. Sign in again.

    Raised when an answer does not prove who somebody is; `reason` says why, for the log alone.
    """

    code = "institute-proved-nothing"

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


@dataclass(frozen=True)
class Metadata:
    """Where the server is asked what."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    secret_in_body: bool


def metadata_of(client: Client) -> Metadata:
    """Find out where the server is asked what.

    Raises
    ------
    Unavailable
        It does not answer, or says something else than the settings.
    """
    if not _discovery.acquire(timeout=_TURN_S):
        _unavailable("somebody else waits for its discovery document")
    try:
        until, known = _known.get(client.issuer, (0.0, None))
        if time.monotonic() >= until:
            _known[client.issuer] = (time.monotonic() + _LEFT_ALONE_S, None)
            known = _metadata(client, _ask(client.issuer.rstrip("/") + _DISCOVERY))
            _known[client.issuer] = (time.monotonic() + _REMEMBERED_S, known)
    finally:
        _discovery.release()
    if known is None:
        _unavailable("it did not answer a moment ago")
    return known


def keys_of(metadata: Metadata) -> list[dict[str, Any]]:
    """Return the keys with which the server signs today, of the kinds that have a public half."""
    keys = _ask(metadata.jwks_uri).get("keys")
    if not isinstance(keys, list):
        _unavailable("no list of keys")
    return [key for key in keys if isinstance(key, dict)]


def redeem_code(
    client: Client, metadata: Metadata, *, code: str, verifier: str, redirect_uri: str
) -> dict[str, Any]:
    """Exchange a code for the tokens; raises `NotProven` when the server does not accept it."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = {}
    if metadata.secret_in_body:
        form |= {"client_id": client.client_id, "client_secret": client.secret}
    else:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return _ask(metadata.token_endpoint, form=form, headers=headers)


def userinfo_of(metadata: Metadata, access_token: str) -> dict[str, Any]:
    """Ask for what the ID token does not say; nothing where the server has no such address."""
    if not metadata.userinfo_endpoint or not access_token.isascii():
        return {}
    return _ask(
        metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token.strip()}"}
    )


def _metadata(client: Client, document: Mapping[str, Any]) -> Metadata:
    if document.get("issuer") != client.issuer:
        _unavailable(f"the discovery document is of issuer {document.get('issuer')!r}")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    urls = {name: str(document.get(name, "")) for name in names}
    for name, url in urls.items():
        if not is_safe(url) and (url or name != "userinfo_endpoint"):
            _unavailable(f"{name} is no address with https: {url!r}")
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(**urls, secret_in_body="client_secret_basic" not in methods)


def _ask(
    url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Send a request, and read the JSON object it is answered with."""
    data = urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(  # noqa: S310 - `is_safe` has checked the scheme
        url, data=data, headers={"Accept": "application/json", **(headers or {})}
    )
    if not _waiting.acquire(blocking=False):
        _unavailable("too many people wait for it at once")
    try:
        answer = json.loads(_read(request))
    except urllib.error.HTTPError as error:
        with error:
            _refuse(error.code, is_code=form is not None)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Quoted only where it cannot hold a code, a token or the client's secret.
        words = f"{type(error).__name__}: {error}" if isinstance(error, OSError) else ""
        _unavailable(words or type(error).__name__)
    finally:
        _waiting.release()
    if not isinstance(answer, dict):
        _unavailable("an answer is no JSON object")
    return answer


def _read(request: urllib.request.Request) -> bytes:
    ends = time.monotonic() + _ANSWER_S
    read = bytearray()
    with _opener().open(request, timeout=_TIMEOUT_S) as response:
        while part := response.read1(64 * 1024):
            read += part
            if len(read) > _MOST_BYTES:
                raise OSError("the answer is too long")
            if time.monotonic() > ends:
                raise TimeoutError("the answer takes too long")
    return bytes(read)


def _refuse(status: int, *, is_code: bool) -> NoReturn:
    """Distinguish a code that is not accepted from a server that is broken, or set up wrongly."""
    if is_code and status == HTTPStatus.BAD_REQUEST:
        raise NotProven("the server does not accept the code") from None
    _unavailable(f"it answered {status}")


def _unavailable(reason: str) -> NoReturn:
    _log.warning("institute_unavailable", reason=reason)
    raise Unavailable(
        "The institute's sign-in does not work right now. Try again in a minute. If it lasts, "
        "report it to the staff of this hub.",
        code="institute-unavailable",
    ) from None


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        """Follow none: what is sent is for the address in the discovery document alone."""


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirection)
