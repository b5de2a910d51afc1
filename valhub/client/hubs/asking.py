"""The steps that all operations are made of: one document, one action, all pages of a list."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from valhub.client.hubs.answers import document_of, good_answer, not_a_hub
from valhub.client.hubs.reading import read_record
from valhub.client.hubs.records import Page, Record
from valhub.client.hubs.retries import patient_answer_to
from valhub.client.hubs.steps import V1, Ask, Steps

R = TypeVar("R", bound=Record)
P = TypeVar("P", bound=Page)

MOST_ROWS = 500
"""How many a page has at most."""

Query = Mapping[str, object]


def get_document(hub: str, path: str, query: Query | None = None) -> Steps[Any]:
    """Read a document."""
    request = Ask(path=V1 + path, query=_texts(query or {}))
    return document_of((yield from patient_answer_to(request)), request, hub)


def send(hub: str, method: str, path: str, document: object = None) -> Steps[Any]:
    """Change something; gives what the hub answers."""
    request = Ask(method=method, path=V1 + path, document=document)
    return document_of((yield from patient_answer_to(request)), request, hub)


def send_form(
    hub: str, path: str, *, fields: Mapping[str, str], files: Mapping[str, Path]
) -> Steps[Any]:
    """Send a form with files."""
    request = Ask(method="POST", path=V1 + path, fields=fields, files=files)
    return document_of((yield from patient_answer_to(request)), request, hub)


def download(hub: str, path: str, into: Path) -> Steps[Path]:
    """Store a file; there is none where it breaks off."""
    request = Ask(path=V1 + path, accept="*/*", into=into)
    answer = good_answer((yield from patient_answer_to(request)), request, hub)
    if answer.body:
        raise not_a_hub(answer, hub)
    return into


def get_pages(
    hub: str, kind: type[P], path: str, query: Query | None = None, *, limit: int | None = None
) -> Steps[list[P]]:
    """Read as many pages of a list as it takes."""
    pages: list[P] = []
    cursor, missing = None, limit
    while True:
        size = MOST_ROWS if missing is None else min(missing, MOST_ROWS)
        asked = {**(query or {}), "limit": size, "cursor": cursor}
        page = read_record(kind, (yield from get_document(hub, path, asked)))
        pages.append(page)
        cursor = page.next
        missing = None if missing is None else missing - len(page.items)
        if not cursor or not page.items or (missing is not None and missing < 1):
            return pages


def get_records(
    hub: str, kind: type[R], path: str, query: Query | None = None, *, limit: int | None = None
) -> Steps[list[R]]:
    """Read as many records of a list as there are, or as are wanted."""
    pages = yield from get_pages(hub, Page, path, query, limit=limit)
    return [read_record(kind, one) for page in pages for one in page.items]


def _texts(query: Query) -> dict[str, str]:
    """Write parameters; None is left out."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value is not None
    }
