"""Bodies in chunks, compressed or without a length are rejected, by every route and every page."""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from valhub.accounts.models import Account
from valhub.api.v0.urls import urlpatterns as routes
from valhub.web.urls import urlpatterns as pages

As = Callable[[Account | None], Client]
KEYS = {"uuid": "2b0c8a3e-6c1d-4c8a-9a57-0d6a2f4f1a11", "int": "1", "str": "analysis_1.zip"}
JSON, MULTIPART = "application/json", "multipart/form-data; boundary=b"
FORM = "application/x-www-form-urlencoded"
BODY = b'{"username": "nina", "email": "n@example.org", "password": "correct horse battery staple"}'
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked"}
GZIP = {"HTTP_CONTENT_ENCODING": "gzip", "CONTENT_LENGTH": str(len(BODY))}


def addresses(patterns: list[Any]) -> list[str]:
    filled = (re.sub(r"<(\w+):\w+>", lambda part: KEYS[part[1]], str(p.pattern)) for p in patterns)
    return [f"/{path}" for path in filled]


def send(client: Client, path: str, kind: str = JSON, method: str = "POST", **environ: str) -> Any:
    """Send the body as a server hands it on; without CONTENT_LENGTH unless it is given."""
    given: dict[str, Any] = {"CONTENT_TYPE": kind, "wsgi.input": BytesIO(BODY), **environ}
    return client.generic(method, path, **given)


def outcome(answer: Any) -> tuple[int, str]:
    return answer.status_code, json.loads(answer.content)["code"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("kind", [JSON, FORM, MULTIPART])
@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (CHUNKED, (411, "length-required")),
        ({"HTTP_TRANSFER_ENCODING": "gzip, chunked"}, (411, "length-required")),
        # A body with two lengths is read differently by different servers.
        ({**CHUNKED, "CONTENT_LENGTH": str(len(BODY))}, (411, "length-required")),
        ({}, (411, "length-required")),
        ({"CONTENT_LENGTH": ""}, (411, "length-required")),
        ({"SERVER_PROTOCOL": "HTTP/1.0"}, (411, "length-required")),
        (GZIP, (415, "unsupported-encoding")),
        ({**GZIP, "HTTP_CONTENT_ENCODING": "br, identity"}, (415, "unsupported-encoding")),
    ],
)
def test_body_that_would_be_read_as_empty_is_rejected(
    db: None, as_: As, method: str, kind: str, environ: Mapping[str, str], expected: object
) -> None:
    assert outcome(send(as_(None), "/register", kind, method, **environ)) == expected
    assert not Account.objects.exists()


@pytest.mark.parametrize("path", addresses(routes))
@pytest.mark.parametrize(("environ", "status"), [(CHUNKED, 411), (GZIP, 415)])
def test_every_route_rejects_it_as_a_problem(
    organiser: Account, as_: As, path: str, environ: Mapping[str, str], status: int
) -> None:
    answer = send(as_(organiser), path, MULTIPART, **environ)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers.get("Accept-Encoding") == ("identity" if status == 415 else None)


@pytest.mark.parametrize("path", [*addresses(pages), "/admin/login/", "/admin/accounts/account/"])
@pytest.mark.parametrize(("environ", "status"), [(CHUNKED, 411), (GZIP, 415)])
def test_every_page_rejects_it_with_a_sentence(
    organiser: Account, as_: As, path: str, environ: Mapping[str, str], status: int
) -> None:
    answer = send(as_(organiser), path, FORM, **environ)
    assert answer.status_code == status
    assert answer.content.endswith((b"in chunks.", b"Send the body uncompressed."))


def test_compressed_json_is_not_a_broken_one(db: None, as_: As) -> None:
    packed = gzip.compress(BODY)
    answer: HttpResponse = as_(None).generic(
        "POST", "/register", packed, JSON, HTTP_CONTENT_ENCODING="gzip"
    )
    assert outcome(answer) == (415, "unsupported-encoding")


@pytest.mark.parametrize(
    "environ",
    [
        {"CONTENT_LENGTH": "0"},
        {"CONTENT_LENGTH": "0", "SERVER_PROTOCOL": "HTTP/1.0"},
        {"CONTENT_LENGTH": "0", "HTTP_CONTENT_ENCODING": "gzip"},
        {"CONTENT_TYPE": ""},
        {"CONTENT_TYPE": "text/plain"},
    ],
)
def test_request_without_a_body_may_go_without_a_length(
    db: None, as_: As, environ: Mapping[str, str]
) -> None:
    assert outcome(send(as_(None), "/register", **environ)) == (422, "missing")


@pytest.mark.parametrize("encoding", ["identity", "", " Identity "])
def test_uncompressed_body_is_read(db: None, as_: As, encoding: str) -> None:
    length = {"CONTENT_LENGTH": str(len(BODY)), "HTTP_CONTENT_ENCODING": encoding}
    assert send(as_(None), "/register", **length).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])
def test_other_methods_need_no_length(db: None, as_: As, method: str, protocol: str) -> None:
    answer = send(as_(None), "/analysis/home", method=method, SERVER_PROTOCOL=protocol)
    assert answer.status_code in (200, 405)
