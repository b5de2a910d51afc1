"""The hub's own address, as people type it: links in mails and of commands begin with it."""

import re
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

from valhub.texts import cut

_PUBLIC_URL = re.compile(r"https?://([\w-]+(\.[\w-]+)*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def read_public_url(text: str, *, hosts: Sequence[str], secure: bool) -> str:
    """Read `VALHUB_URL`; without one, the first host that is a whole name stands for it.

    Raises
    ------
    ImproperlyConfigured
        It has another form, or a path.
    """
    if text and not _PUBLIC_URL.fullmatch(text):
        raise ImproperlyConfigured(
            f"VALHUB_URL is {cut(text, 40)!r}; set it to the hub's address without a path, such as "
            "https://hub.example."
        )
    named = (host for host in hosts if not host.startswith((".", "*")))
    return text or f"{'https' if secure else 'http'}://{next(named, 'localhost')}"
