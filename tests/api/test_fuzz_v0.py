"""Whatever anybody sends to a documented route is answered, never with an error of ours.

The routes are read from the list of addresses, so that a new one is tried as well. Every request is
taken back after it was answered, and one that is refused must have left nothing behind.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.api.v0.urls import urlpatterns
from valhub.http.whole_bodies import whole_body
from valhub.jobs.models import Preparation, Run, Submission
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.preparations import request_preparation

ROUTES = [str(route.pattern) for route in urlpatterns]
PASSWORD = "correct horse battery staple"
TEXT_FIELDS = ("description", "short_description", "ruleset", "dataset_description")
# What each route is there for; those left out are read. Keys are named in braces.
GOOD: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "register": ("POST", {"username": "nina", "email": "n@example.org", "password": PASSWORD}),
    "login": ("POST", {"username": "paul", "password": PASSWORD}),
    "account/<uuid:account_id>/": ("POST", {"lastName": "Lie", "githubLink": "http://g.example"}),
    "analysis/upload": (
        "POST",
        {"user_id": "{olivia}", "analysis_name": "New", "evaluation_script": "package"}
        | dict.fromkeys(TEXT_FIELDS, "x"),
    ),
    "analysis/<int:analysis_id>/publish": ("POST", {}),
    "analysis/<int:analysis_id>/close": ("POST", {}),
    "analysis/<int:analysis_id>/withdraw": ("POST", {}),
    "analysis/<int:analysis_id>/prepare": ("POST", {}),
    "analysis/<int:analysis_id>/version": ("POST", {"evaluation_script": "newer"}),
    "jobs/analysis/<int:analysis_id>/submission": (
        "POST",
        {"user_id": "{paul}", "analysis_id": "{analysis_id}", "algorithm": "algorithm"},
    ),
}
OLIVIAS = (
    "analysis/upload",
    "files/evaluation_scripts/<str:name>",
    *(
        f"analysis/<int:analysis_id>/{do}"
        for do in ("publish", "close", "withdraw", "prepare", "version")
    ),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get")
FIELDS = (
    "username", "password", "email", "firstName", "lastName", "githubLink", "id", "user_id",
    "analysis_id", "analysis_name", "annotation_file_name", "max_concurrent_submission_evaluation",
    "primary_metric", "lower_is_better", "draft", "evaluation_script", "algorithm", "display_name",
    "sort", "cursor", *TEXT_FIELDS,
)  # fmt: skip
FILE_FIELDS = ("evaluation_script", "algorithm")
FORM = "application/x-www-form-urlencoded"
TYPES = (
    "application/json", "application/json; charset=utf-16", "application/json; charset=nonsense",
    FORM, f"{FORM}; charset=latin-1", MULTIPART_CONTENT, "multipart/form-data", "text/plain", "",
    "multipart/form-data; boundary=", f"multipart/form-data; boundary={'b' * 300}",
    "multipart/mixed; boundary=b", "?;=/\x7f",
)  # fmt: skip
# What a request may have wrong; the rest of it is as it should be.
SPOILED = (
    "sender",
    "method",
    "path",
    "query",
    "fields",
    "fields",
    "values",
    "type",
    "cut",
    "headers",
)
TABLES = (Account, Analysis, AnalysisVersion, DataFile, Preparation, Submission, Run)
PROBLEM = "application/problem+json"
# One character for each thing that somebody may trip over.
ODD = ("", " ", "\0", "\ud800", "\ufffd", "é", "Ⅷ", "\u202e", "ß" * 400, "a" * 9000, "9" * 30)
WORDS = ("true", "1", "-1", "null", "a.b", "/", "paul", "olivia", "n@example.org", "mean_error")
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(ODD), st.sampled_from(WORDS))
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats())
TREES = st.recursive(
    SCALARS,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(TEXTS, one, max_size=3),
    max_leaves=6,
)
HEADERS: Mapping[str, tuple[str, ...]] = {
    "Authorization": (
        "Basic", "Basic !", "Basic bm9ib2R5", "Bearer x", "Basic /////w==", "Basic YQA6Yg==", "é",
        "Basic cGF1bDpjb3JyZWN0IGhvcnNlIGJhdHRlcnkgc3RhcGxl",
    ),
    "Accept": ("*/*", "text/html", "image/png;q=x", "", "é"),
    "Origin": ("null", "http://testserver", "https://[", "https://a:b:c", "é"),
    "Sec-Fetch-Site": ("same-origin", "cross-site", "x"),
    "Host": ("testserver", "evil.example", "a:b", "", "é", "[::1"),
    "Content-Encoding": ("gzip",),
    "If-None-Match": ("*", '"', 'W/"x"', "é"),
    "If-Modified-Since": ("x", "Sat, 99 Jan 9999 00:00:00 GMT", "é"),
    "Range": ("bytes=0-", "bytes=9-1,x", "é"),
    "X-Request-Id": ("{}", "\t", "a" * 80),
    "X-Forwarded-For": ("a, b, é",),
    "Cookie": ("sessionid=" + "x" * 5000, "sessionid=\x01", ";;=;", "messages=x"),
    "Content-Length": ("0", "1", "40", "100000", "9" * 40, "x", ""),
}  # fmt: skip

As = Callable[[Account | None], Client]


@dataclass(frozen=True)
class World:
    """What is there when a request comes.

    Attributes
    ----------
    people : mapping
        By name; nobody is one of them.
    archives : mapping
        Files to send, good and bad.
    rows : mapping
        Keys of rows that are there, by their name in addresses and in `GOOD`.
    files : Path
        Where the hub stores what was sent.
    """

    people: Mapping[str, Account | None]
    archives: Mapping[str, bytes]
    rows: Mapping[str, tuple[str, ...]]
    as_: As
    files: Path


@dataclass(frozen=True)
class Request:
    """What is sent, and by whom."""

    sender: str
    method: str
    path: str
    query: str
    body: bytes
    content_type: str
    headers: Mapping[str, str]


@pytest.fixture
def world(
    outsider: Account,
    participant: Account,
    organiser: Account,
    staff: Account,
    script_example: tuple[bytes, bytes],
    newer_package: bytes,
    as_: As,
    hub_data: Path,
) -> World:
    package, algorithm = script_example
    version = store_analysis(
        creator=organiser,
        fields=AnalysisFields(analysis_name="Declination"),
        upload=SimpleUploadedFile("package.zip", package),
    )
    request_preparation(version)
    draft = store_analysis(
        creator=organiser,
        fields=AnalysisFields(analysis_name="Not yet"),
        upload=SimpleUploadedFile("package.zip", package),
        draft=True,
    )
    submission = submit_algorithm(
        analysis=version.analysis,
        account=participant,
        upload=SimpleUploadedFile("algorithm.zip", algorithm),
    )
    people = {"nobody": None, "oscar": outsider, "paul": participant, "olivia": organiser}
    named = {name: (str(one.pk),) for name, one in people.items() if one is not None}
    numbers, paul = (str(version.analysis_id), str(draft.analysis_id)), named["paul"]
    rows = {"analysis_id": numbers, "account_id": (*paul, *named["oscar"]), "user_id": paul}
    return World(
        people={**people, "stella": staff},
        archives={
            "package": package,
            "newer": newer_package,
            "algorithm": algorithm,
            "cut": algorithm[:-30],
            "empty": b"",
            "text": b"PK? No.",
        },
        rows={**named, **rows, "submission_id": (str(submission.pk),), "name": ("analysis_1.zip",)},
        as_=as_,
        files=hub_data / "files",
    )


def path_of(draw: Any, route: str, world: World, *, spoiled: bool) -> str:
    """Fill in an address, with keys that are there or with what is none."""
    junk = st.one_of(
        TEXTS.map(lambda text: quote(text, errors="replace")),
        st.uuids().map(str),
        st.integers(0, 10**40).map(str),
        st.binary(max_size=6).map(quote),
    )

    def key(name: str) -> str:
        there = st.sampled_from(world.rows[name])
        found: str = draw(junk if spoiled else there)
        return found

    return "/" + re.sub(r"<\w+:(\w+)>", lambda part: key(part[1]), route)


def fields_of(draw: Any, route: str, world: World, spoiled: set[str]) -> dict[str, object]:
    """Take the fields a route is there for, and leave out, add and change some of them."""
    good = GOOD.get(route, ("GET", {}))[1]
    keys = {name: found[0] for name, found in world.rows.items()}
    values: dict[str, object] = {name: text.format(**keys) for name, text in good.items()}
    if "fields" in spoiled:
        for name in draw(st.sets(st.sampled_from(sorted(good) or FIELDS), max_size=2)):
            values.pop(name, None)
    if "values" in spoiled:
        one = st.sampled_from([*good, *good, *FIELDS])
        values |= draw(st.dictionaries(one, st.one_of(TEXTS, TREES), min_size=1, max_size=3))
    for name in FILE_FIELDS:
        if name in values:
            usual = values[name] if str(values[name]) in world.archives else "cut"
            archive = draw(st.sampled_from([str(usual), *world.archives]))
            values[name] = SimpleUploadedFile("a.zip", world.archives[archive])
    return values


def written(draw: Any, fields: Mapping[str, object]) -> tuple[bytes, str]:
    """Write fields as JSON, as a form, or as a multipart form where files are among them."""
    has_files = any(isinstance(value, SimpleUploadedFile) for value in fields.values())
    kind = MULTIPART_CONTENT if has_files else draw(st.sampled_from([TYPES[0], FORM, TYPES[5]]))
    if kind == TYPES[0]:
        return json.dumps(fields).encode(), kind
    as_text = {
        name: value if isinstance(value, SimpleUploadedFile) else plain(value)
        for name, value in fields.items()
    }
    if kind == FORM:
        return urlencode(as_text).encode(), kind
    return encode_multipart(BOUNDARY, as_text), kind


def plain(value: object) -> str:
    """A value in a form, where only texts are and none holds half of a surrogate pair."""
    return str(value).encode(errors="replace").decode()


def body_of(draw: Any, route: str, world: World, spoiled: set[str]) -> tuple[bytes, str]:
    body, kind = written(draw, fields_of(draw, route, world, spoiled))
    if "cut" in spoiled:
        twice = b'{"username": "a", "username": "b"}'
        others = st.one_of(
            st.binary(max_size=100), TREES.map(json_bytes), st.sampled_from([b"[" * 50_000, twice])
        )
        body = draw(st.one_of(st.integers(0, len(body)).map(lambda end: body[:end]), others))
    return body, draw(st.sampled_from(TYPES)) if "type" in spoiled else kind


def json_bytes(document: object) -> bytes:
    return json.dumps(document).encode()


@st.composite
def requests(draw: Any, route: str, world: World) -> Request:
    """A request as the route takes it, but for up to three things."""
    spoiled = draw(st.sets(st.sampled_from(SPOILED), max_size=3))
    method = GOOD.get(route, ("GET", {}))[0]
    sender = "olivia" if route in OLIVIAS else "paul"
    body, content_type = body_of(draw, route, world, spoiled)
    names = st.sets(st.sampled_from(sorted(HEADERS)), min_size=1, max_size=2)
    headers = sorted(draw(names)) if "headers" in spoiled else []
    pairs = st.lists(st.tuples(st.sampled_from(FIELDS), TEXTS.map(plain)), max_size=3)
    return Request(
        sender=draw(st.sampled_from(sorted(world.people))) if "sender" in spoiled else sender,
        method=draw(st.sampled_from(METHODS)) if "method" in spoiled else method,
        path=path_of(draw, route, world, spoiled="path" in spoiled),
        query=urlencode(draw(pairs)) if "query" in spoiled else "",
        body=body,
        content_type=content_type,
        headers={name: draw(st.sampled_from(HEADERS[name])) for name in headers},
    )


def environ_of(request: Request) -> dict[str, Any]:
    """The request as the server hands it on: its body ends where it says, or breaks off."""
    environ: dict[str, Any] = {
        "HTTP_" + name.upper().replace("-", "_"): value for name, value in request.headers.items()
    }
    announced = environ.pop("HTTP_CONTENT_LENGTH", str(len(request.body)))
    environ |= {"QUERY_STRING": request.query, "CONTENT_TYPE": request.content_type}
    environ |= {"CONTENT_LENGTH": announced, "wsgi.input": BytesIO(request.body)}
    if announced.isdecimal():
        environ["wsgi.input"] = whole_body(BytesIO(request.body), int(announced))
    return environ


def kept(world: World) -> tuple[object, ...]:
    """Everything that is stored: rows by table, and files."""
    rows = [tuple(table._default_manager.order_by("pk").values()) for table in TABLES]
    files = sorted(path for path in world.files.rglob("*") if path.is_file())
    return (*map(repr, rows), *files)


def check_problem(answer: Any, method: str) -> None:
    assert answer.headers["Content-Type"] == PROBLEM
    if method != "HEAD":
        document = json.loads(answer.content)
        assert document["status"] == answer.status_code
        assert document["code"]
        assert document["detail"].strip().endswith((".", ")", '"')), document


def try_one(
    client: Client, request: Request, world: World, before: tuple[object, ...]
) -> tuple[object, ...]:
    """Send a request and take it back; a refused one must have changed nothing.

    Gives what is stored then: files stay when their rows are taken back.
    """
    with transaction.atomic():
        answer = client.generic(request.method, request.path, **environ_of(request))
        content = answer.getvalue()
        assert answer.status_code < 500, content
        assert b"argon2" not in content
        if answer.status_code >= 400:
            check_problem(answer, request.method)
            assert kept(world) == before
        transaction.set_rollback(True)
    return before if answer.status_code >= 400 else kept(world)


@pytest.mark.hypothesis
@pytest.mark.parametrize("route", ROUTES)
def test_no_request_is_an_error_of_ours(route: str, world: World) -> None:
    clients = {name: world.as_(who) for name, who in world.people.items()}
    stored = kept(world)

    @settings(
        max_examples=examples(60 if route in GOOD else 20),
        suppress_health_check=[*HealthCheck],
    )
    @given(request=requests(route, world))
    def check(request: Request) -> None:
        nonlocal stored
        stored = try_one(clients[request.sender], request, world, stored)

    check()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://["}, 403),
        ({"Content-Length": "x"}, 400),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "9" * 30}, 413),
    ],
)
def test_headers_that_were_errors_of_ours_are_refused(
    world: World, headers: Mapping[str, str], status: int
) -> None:
    request = Request("nobody", "POST", "/register", "", b"{}", "application/json", headers)
    answer = world.as_(None).generic("POST", "/register", **environ_of(request))
    assert answer.status_code == status
    check_problem(answer, "POST")


@pytest.mark.parametrize("size", [100, 101])
def test_a_display_name_is_as_long_as_every_database_keeps(world: World, size: int) -> None:
    number, paul = world.rows["analysis_id"][0], world.people["paul"]
    upload = SimpleUploadedFile("a.zip", world.archives["algorithm"])
    fields = {"user_id": world.rows["paul"][0], "display_name": "é" * size, "algorithm": upload}
    answer = world.as_(paul).post(f"/jobs/analysis/{number}/submission", fields)
    assert answer.status_code == (200 if size == 100 else 422)
