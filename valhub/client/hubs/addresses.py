"""Addresses of hubs, as people write them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from valhub.errors import Invalid
from valhub.texts import cut


def hub_address(text: str) -> str:
    """Give a hub's address in the one form in which it is stored and compared.

    Without a scheme it is https, or http for this machine itself.

    Raises
    ------
    Invalid
        It is no address of a hub.
    """
    written = text.strip()
    if "://" not in written:
        host = urlsplit(f"//{written}").hostname or ""
        written = f"{'http' if is_this_machine(host) else 'https'}://{written}"
    try:
        parts = urlsplit(written)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise _no_address(text) from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _is_host(host) or "@" in parts.netloc:
        raise _no_address(text)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Invalid(
            f"The hub's address `{cut(text)}` has more than a host and a port. "
            f"Leave out what follows `{parts.netloc}`.",
            field="hub",
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{port}"


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine, so that nobody else hears what is sent to it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Whether nobody between here and the hub can read what is sent to it."""
    parts = urlsplit(address)
    return parts.scheme == "https" or is_this_machine(parts.hostname or "")


def _is_host(host: str) -> bool:
    return bool(host) and host.isascii() and host.isprintable() and not set(host) & set(" \\<>\"'`")


def _no_address(text: str) -> Invalid:
    return Invalid(
        f"`{cut(text)}` is not the address of a hub. Write it like https://hub.example.",
        field="hub",
    )
