"""Where a request comes from, as precisely as limits need it, and never stored in the clear."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

# What one customer is given, and what one site is given.
_CUSTOMER, _SITE = 64, 48
# Some proxies add the port, which differs with each connection.
_WITH_PORT = re.compile(r"(?:(?P<four>[0-9.]+)|\[(?P<six>[^\]]+)\])(?::[0-9]+)?")


def client_address(request: HttpRequest) -> str:
    """Return the address of the client; behind a proxy, what the proxy next to the hub says."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.SECURE and forwarded:
        return _without_port(forwarded.rsplit(",", 1)[-1].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


def source_of(address: str) -> str:
    """Name what one client has for itself: an IPv4 address, or the /64 network of an IPv6 one."""
    # A single customer is given 2**64 addresses, and could guess from a new one each time.
    return _shortened(address, _CUSTOMER)


def network_of(address: str) -> str:
    """Name what one site has for itself: an IPv4 address, or the /48 network of an IPv6 one."""
    return _shortened(address, _SITE)


def hashed(purpose: str, text: str) -> str:
    """Return a keyed hash of 64 characters, another one for each purpose."""
    return salted_hmac(f"valhub.accounts.{purpose}", text, algorithm="sha256").hexdigest()


def _without_port(address: str) -> str:
    found = _WITH_PORT.fullmatch(address)
    return address if found is None else found["four"] or found["six"]


def _shortened(address: str, prefix: int) -> str:
    try:
        read: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(IPv6Network((int(read), prefix), strict=False))
