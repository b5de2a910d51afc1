"""Everything a reader can ask the hub for, found from its routes: a new one is walked too."""

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from valhub.jobs.models import Run
from valhub.leaderboards.models import Entry

CURSOR = re.compile(r"(?:cursor|page)=([\w%=.:-]{20,})")


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every route but those of the administration."""
    for one in (resolver or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        elif route != "admin/":
            yield from routes(one, route)


def addresses(run: Run) -> Iterator[str]:
    """The address of every route, for a run and what belongs to it."""
    entry = Entry.objects.filter(board__version=run.version).first()
    values = {
        "analysis_id": str(run.version.analysis_id),
        "submission_id": str(run.submission_id),
        "user_id": str(run.submission.created_by_id),
        "account_id": str(run.submission.created_by_id),
        "token_id": "1",
        "entry_id": str(entry.pk if entry else 1),
        "name": "marked.zip",
        "file_name": "public-0.csv",
        "number": "1",
    }
    for route in routes():
        yield "/" + re.sub(r"<\w+:(\w+)>", lambda found: values[found[1]], route)


def admin_addresses() -> Iterator[str]:
    """The list of each kind of row in the administration, and the page of every row."""
    for model in admin.site._registry:
        top = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield top
        yield from (f"{top}{row.pk}/change/" for row in model._default_manager.all())


def read_all(client: Client, found: Iterator[str]) -> str:
    """Read some addresses and what their links go on to: status, headers, bodies, cursors."""
    return "\n".join(_text(client, address) for address in found)


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    body = response.getvalue() if response.streaming else response.content
    # Archives are no text.
    read = body.decode(errors="replace")
    text = f"{address} {response.status_code} {response.headers}\n{read}"
    return text + "".join(_opened(cursor) for cursor in CURSOR.findall(text))


def _opened(cursor: str) -> str:
    """What a reader finds in a cursor who decodes each of its parts."""
    texts = []
    for part in re.split(r"[.:]", unquote(cursor)):
        try:
            decoded = base64.urlsafe_b64decode(part.rstrip("=") + "==")
        except (ValueError, binascii.Error):
            continue
        texts.append(decoded.decode("latin-1"))
    return "\n".join(texts)


def numbers_in(text: str) -> set[str]:
    """Every number of a text, without the commas of its thousands."""
    return {one.replace(",", "") for one in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?", text)}


def precision(numbers: set[str], value: float) -> int:
    """The most significant digits of a value that stand in a text; 0 when fewer than four do."""
    # With its zeros: "172.0" is 171.97 in four digits, and "172" may be the number of a row.
    written = {f"{value:#.{digits}g}".rstrip(".") for digits in range(4, 18)}
    return max((len(one.replace(".", "")) for one in written & numbers), default=0)
