"""The hub's own address, as people type it: links in mails and of commands begin with it."""

import re
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from valhub.texts import cut

# Where `valhub up` and `valhub web` listen without `--port`.
DEFAULT_PORT = 8080
LARGEST_PORT = 65535
_PUBLIC_URL = re.compile(
    r"https?://([\w-]+(\.[\w-]+)*|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?", re.ASCII
)


def read_public_url(text: str, *, hosts: Sequence[str], secure: bool) -> str:
    """Read `VALHUB_URL`; without one, the first host that is a whole name stands for it.

    Behind a proxy with HTTPS people use its usual port; without a proxy they use the hub's own.

    Raises
    ------
    ImproperlyConfigured
        It has another form, a path, or a port that does not exist.
    """
    if not text:
        named = (host for host in hosts if not host.startswith((".", "*")))
        host = next(named, "localhost")
        return f"https://{host}" if secure else f"http://{host}:{DEFAULT_PORT}"
    found = _PUBLIC_URL.fullmatch(text)
    if found is None or not 0 < int(found["port"] or DEFAULT_PORT) <= LARGEST_PORT:
        raise ImproperlyConfigured(
            f"VALHUB_URL is {cut(text, 40)!r}; set it to the hub's address without a path, such as "
            "https://hub.example."
        )
    return text


def with_port(url: str, port: int) -> str:
    """Put the port on which the hub really listens in place of an address' own."""
    return f"{url.removesuffix(f':{DEFAULT_PORT}')}:{port}"
