"""How to talk to a remote index: HTTP with this machine's certificates, proxies, credentials.

Credentials live here and go nowhere else: not into links, pages, logs or errors.
"""

import base64
import http.client
import netrc
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.execution.environments.package_index import (
    NoPackageIndex,
    PackageIndex,
    index_name,
)

TIMEOUT_S = 60.0
_NOT_THERE = (404, 410, 416)


class NotOnIndex(EvaluationError):
    """The index answered that it has no such page, file or range."""

    code = "not-on-index"

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class Body(Protocol):
    """The bytes of an answer, read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, nothing at the end."""


@dataclass(frozen=True)
class Reply:
    """An answer whose body is still to be read.

    Attributes
    ----------
    headers : mapping of str to str
        By lower-case name.
    url : str
        Where the answer came from in the end, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    url: str
    body: Body

    def read_all(self, most: int) -> bytes:
        """Read a whole body of at most `most` bytes.

        Raises
        ------
        NoPackageIndex
            When there is more.
        """
        pieces = bytearray()
        while piece := self.body.read(most + 1 - len(pieces)):
            pieces += piece
            if len(pieces) > most:
                raise NoPackageIndex(_says(self.url, "sent a page that is too large"))
        return bytes(pieces)


class Fetcher:
    """Opens addresses of the indexes of this machine."""

    def __init__(self, index: PackageIndex, *, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._opener = _opener(index)
        places = (*index.urls, *index.find_links)
        self._credentials = {_origin(url): found for url in places if (found := _credentials(url))}

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str], *, method: str = "GET") -> Iterator[Reply]:
        """Open an address; the body is read inside the block.

        Raises
        ------
        NotOnIndex
            When the index says that it does not exist.
        NoPackageIndex
            When the index cannot be reached, fails or denies access.
        """
        with _index_failures(url):
            response = self._opener.open(
                self._request(url, headers, method), timeout=self._timeout_s
            )
        with response:
            lower = {name.lower(): value for name, value in response.headers.items()}
            yield Reply(response.status, lower, response.url, _RemoteBody(response, url))

    def _request(self, url: str, headers: Mapping[str, str], method: str) -> urllib.request.Request:
        if urlsplit(url).scheme not in ("https", "http"):
            raise NotOnIndex(404)
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            _without_userinfo(url), headers=dict(headers), method=method
        )
        credentials = (
            _credentials(url) or self._credentials.get(_origin(url)) or _netrc_credentials(url)
        )
        if credentials:
            # A redirect to another host must not take the credentials along.
            request.add_unredirected_header("Authorization", credentials)
        return request


@dataclass(frozen=True)
class _RemoteBody:
    """A body whose failures are raised as failures of the index it comes from."""

    response: http.client.HTTPResponse
    url: str

    def read(self, size: int, /) -> bytes:
        with _index_failures(self.url):
            return self.response.read1(size)  # what has come is passed on without waiting for more


@contextmanager
def _index_failures(url: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _NOT_THERE:
            raise NotOnIndex(error.code) from None
        raise NoPackageIndex(_says(url, f"answered with HTTP status {error.code}")) from None
    except urllib.error.URLError as error:
        raise NoPackageIndex(_says(url, f"cannot be reached ({error.reason})")) from None
    except TimeoutError:
        raise NoPackageIndex(_says(url, "does not answer in time")) from None
    except (OSError, http.client.HTTPException) as error:
        raise NoPackageIndex(_says(url, f"broke the connection ({type(error).__name__})")) from None


def _opener(index: PackageIndex) -> urllib.request.OpenerDirector:
    """Return an opener that speaks HTTP only: a redirect cannot lead to a file or to FTP."""
    try:
        context = ssl.create_default_context(cafile=index.ca_bundle)
    except OSError as error:
        detail = f"The certificates in {index.ca_bundle} cannot be read. Correct SSL_CERT_FILE."
        raise NoPackageIndex(detail) from error
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "valhub"), ("Accept-Encoding", "identity")]
    return opener


def broke_off(url: str) -> NoPackageIndex:
    """Return the error for an answer that ended before its stated length."""
    return NoPackageIndex(_says(url, "broke the connection"))


def _says(url: str, what: str) -> str:
    return f"The package index {index_name(url)} {what}. Check the network and the configuration."


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _credentials(url: str) -> str | None:
    parts = urlsplit(url)
    if not parts.username:
        return None
    return _basic(unquote(parts.username), unquote(parts.password or ""))


def _netrc_credentials(url: str) -> str | None:
    """Credentials for a host from the user's netrc file, which pip and uv read too."""
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(urlsplit(url).hostname or "")
    except FileNotFoundError:
        return None
    except (netrc.NetrcParseError, PermissionError):
        raise NoPackageIndex("The netrc file of this account cannot be read. Correct it.") from None
    return _basic(found[0], found[2]) if found else None


def _basic(user: str, password: str | None) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password or ''}".encode()).decode()


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
