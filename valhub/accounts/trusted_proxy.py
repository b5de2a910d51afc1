"""The proxy that says who somebody is: which header it sets, and where it connects from."""

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.core.exceptions import ImproperlyConfigured

from valhub.texts import cut

Networks = tuple[IPv4Network | IPv6Network, ...]
# To a server of WSGI, an underscore and a hyphen are the same.
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
_NEVER = ("cookie", "authorization", "host", "x-forwarded-for", "x-forwarded-proto")


def read_header(name: str, text: str) -> str:
    """Read the name of a header; empty for none.

    Raises
    ------
    ImproperlyConfigured
        It is no name of a header, or one that clients set for other ends.
    """
    if text and (not _HEADER.fullmatch(text) or text.lower() in _NEVER):
        raise ImproperlyConfigured(
            f"{name} is {cut(text, 40)!r}; set it to a header of letters, digits and hyphens that "
            "only the proxy sets, such as X-Remote-User."
        )
    return text


def read_networks(name: str, text: str) -> Networks:
    """Read addresses and networks with commas between them.

    Raises
    ------
    ImproperlyConfigured
        One is none, or is every address.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        networks = tuple(ip_network(part) for part in parts)
    except ValueError:
        networks = ()
    if len(networks) != len(parts) or not all(one.prefixlen for one in networks):
        raise ImproperlyConfigured(
            f"{name} is {cut(text, 40)!r}; set it to addresses or networks, such as "
            "127.0.0.1,10.0.3.0/24."
        )
    return networks


def is_within(address: str, networks: Networks) -> bool:
    """Return whether the address of a peer is in one of the networks; no address is in none."""
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    return any(peer in network for network in networks)
