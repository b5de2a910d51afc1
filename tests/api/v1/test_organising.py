"""Uploading and changing analyses through v1: limits first, all faults at once, all or nothing."""

import io
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from pytest_django import Settings

from tests.api.v1.conftest import V1, Call, bearer, refused
from tests.api.v1.test_analyses import make_analysis
from valhub.accounts.models import Account, AuditEntry, RejectedUpload, Scope
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.jobs.models import Preparation
from valhub.jobs.services.preparations import request_preparation

Send = Callable[..., Any]


@pytest.fixture
def send(script_example: tuple[bytes, bytes]) -> Send:
    """Send a form with a package, sound unless a test gives another."""

    def post(path: str, by: Account | Mapping[str, str], **fields: Any) -> Any:
        headers = bearer(by) if isinstance(by, Account) else by
        body = {"package": io.BytesIO(script_example[0]), **fields}
        given = {name: value for name, value in body.items() if value is not None}
        return Client(raise_request_exception=False).post(V1 + path, given, headers=headers)

    return post


def faults(answer: Any) -> dict[str, str]:
    """The faulty fields of a refusal, with their places."""
    assert refused(answer) == (422, "invalid-fields")
    return {one["field"]: one.get("pointer") for one in answer.json()["errors"]}


@pytest.mark.parametrize("draft", ["true", "false"])
def test_a_package_becomes_an_analysis(send: Send, organiser: Account, draft: str) -> None:
    answer = send(
        "/analyses", organiser, name=" Doubling ", ruleset="# Fair", draft=draft, at_once=3
    )
    assert answer.status_code == 201, answer.content
    shown, made = answer.json(), Analysis.objects.get()
    assert (shown["id"], shown["name"], shown["ruleset"]) == (made.pk, "Doubling", "# Fair")
    assert (shown["state"], shown["version"]) == ("draft" if draft == "true" else "published", 1)
    assert (made.creator, made.max_concurrent_submission_evaluation) == (organiser, 3)
    assert Preparation.objects.filter(version=made.current_version).exists()


def test_all_faulty_fields_are_named_at_once(send: Send, organiser: Account) -> None:
    answer = send(
        "/analyses", organiser, package=None, at_once="many", draft="perhaps",
        ruleset="x" * 200_001, annotation_file_name="a/b", colour="red",
    )  # fmt: skip
    assert faults(answer) == {
        name: f"#/{name}"
        for name in (
            "package", "name", "at_once", "draft", "ruleset", "annotation_file_name", "colour",
        )
    }  # fmt: skip
    assert not Analysis.objects.exists()


def test_fields_are_named_as_they_were_sent(send: Send, organiser: Account) -> None:
    assert faults(send("/analyses", organiser, name="x" * 201, at_once=0)).keys() == {
        "name", "at_once",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("package", "status", "code"),
    [(b"no zip", 415, "not-a-zip"), (b"PK\x03\x04" + b"\0" * 40, 422, "invalid-package")],
)
def test_a_broken_package_stores_nothing(
    send: Send, organiser: Account, package: bytes, status: int, code: str
) -> None:
    answer = send("/analyses", organiser, name="Broken", package=io.BytesIO(package))
    assert refused(answer) == (status, code)
    assert "evaluation_script" not in answer.content.decode()
    assert not Analysis.objects.exists()


def test_the_same_package_is_stored_once(send: Send, organiser: Account) -> None:
    assert send("/analyses", organiser, name="Doubling").status_code == 201
    assert refused(send("/analyses", organiser, name="Doubling")) == (409, "analysis-exists")
    path = f"/analyses/{Analysis.objects.get().pk}/versions"
    assert refused(send(path, organiser)) == (409, "version-exists")
    assert AnalysisVersion.objects.count() == 1


def test_a_new_version_accepts_submissions(
    send: Send, call: Call, organiser: Account, staff: Account, newer_package: bytes
) -> None:
    analysis = make_analysis(organiser, "Doubling")
    path = f"/analyses/{analysis.pk}/versions"
    answer = send(path, staff, package=io.BytesIO(newer_package))
    assert answer.status_code == 201, answer.content
    assert (answer.json()["number"], answer.json()["is_current"]) == (2, True)
    assert answer.json()["notes"] == []
    assert [entry.act for entry in AuditEntry.objects.all()] == ["add version"]
    shown = call("GET", f"{path}/1").json()
    assert (shown["number"], shown["is_current"], shown["notes"]) == (1, False, None)
    for number in (3, 2**40):
        assert refused(call("GET", f"{path}/{number}")) == (404, "no-such-version")
    assert faults(send(path, organiser, package=None, name="New")) == {
        "package": "#/package", "name": "#/name",
    }  # fmt: skip


class _Unread(io.RawIOBase):
    """A body that nobody may read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise AssertionError("The body was read.")


def announced(path: str, headers: Mapping[str, str], length: int) -> Any:
    """Send a request whose body must not be read."""
    form = {"CONTENT_LENGTH": str(length), "wsgi.input": _Unread()}
    client = Client(raise_request_exception=False)
    return client.generic(
        "POST", V1 + path, content_type=MULTIPART_CONTENT, headers=headers, **form
    )


@pytest.mark.parametrize("what", ["versions", "analyses", "submissions"])
@pytest.mark.parametrize(
    ("limit", "status", "code"),
    [
        ({"QUOTA_BYTES": 10**6}, 413, "storage-quota-reached"),
        ({"QUOTA_REJECTED": 1}, 429, "too-many-rejected-uploads"),
        ({"MAX_PACKAGE_BYTES": 100, "MAX_ALGORITHM_BYTES": 100}, 413, "too-large"),
    ],
)
def test_limits_are_asked_about_before_the_body_is_read(
    organiser: Account, settings: Settings, what: str, limit: dict[str, int], status: int, code: str
) -> None:
    analysis = make_analysis(organiser, "Doubling")
    request_preparation(analysis.current_version)
    RejectedUpload.objects.create(account=organiser)
    for name, value in limit.items():
        setattr(settings, name, value)
    path = "/analyses" if what == "analyses" else f"/analyses/{analysis.pk}/{what}"
    answer = announced(path, bearer(organiser), 8 * 2**20)
    assert refused(answer) == (status, code)


def test_a_participants_package_is_not_read(participant: Account, settings: Settings) -> None:
    settings.EVERYONE_MAY_PUBLISH = False
    answer = announced("/analyses", bearer(participant), 1000)
    assert refused(answer) == (403, "not-an-organiser")


@pytest.mark.parametrize("scopes", [(Scope.READ,), (Scope.SUBMIT,)])
def test_a_token_for_other_things_uploads_nothing(
    organiser: Account, scopes: tuple[Scope, ...]
) -> None:
    analysis = make_analysis(organiser, "Doubling")
    headers = bearer(organiser, *scopes)
    for path in ("/analyses", f"/analyses/{analysis.pk}/versions"):
        assert refused(announced(path, headers, 1000)) == (403, "needs-scope")


def test_a_body_that_is_cut_stores_nothing(
    organiser: Account, script_example: tuple[bytes, bytes]
) -> None:
    form = {"name": "Cut", "package": io.BytesIO(script_example[0])}
    body = encode_multipart(BOUNDARY, form)
    headers = bearer(organiser)
    for end in range(0, len(body) - 8, len(body) // 7):
        answer = Client(raise_request_exception=False).generic(
            "POST", f"{V1}/analyses", body[:end], content_type=MULTIPART_CONTENT, headers=headers
        )
        assert 400 <= refused(answer)[0] < 500
    assert not Analysis.objects.exists()


def test_texts_and_limits_are_changed(
    call: Call, organiser: Account, staff: Account, participant: Account
) -> None:
    analysis = make_analysis(organiser, "Old name", ruleset="Old rules")
    path = f"/analyses/{analysis.pk}"
    answer = call("PATCH", path, by=organiser, body={"name": "New name", "at_once": 2})
    assert (answer.json()["name"], answer.json()["ruleset"]) == ("New name", "Old rules")
    assert call("PATCH", path, by=staff, body={"ruleset": ""}).json()["ruleset"] == ""
    assert [entry.act for entry in AuditEntry.objects.all()] == ["edit"]
    assert refused(call("PATCH", path, by=participant, body={"name": "Mine"}))[0] == 403
    analysis.refresh_from_db()
    assert (analysis.analysis_name, analysis.max_concurrent_submission_evaluation) == (
        "New name",
        2,
    )


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"name": " ", "at_once": 0, "ruleset": "x" * 200_001}, {"name", "at_once", "ruleset"}),
        ({"name": 5, "closes_at": "tomorrow"}, {"name", "closes_at"}),
        ({"name": "ok", "at_once": 10_001}, {"at_once"}),
        ({"name": "a\0b"}, {"name"}),
        ({"primary_metric": "x"}, {"primary_metric"}),
    ],
)
def test_a_change_with_a_fault_changes_nothing(
    call: Call, organiser: Account, body: dict[str, object], fields: set[str]
) -> None:
    analysis = make_analysis(organiser, "Old name")
    answer = call("PATCH", f"/analyses/{analysis.pk}", by=organiser, body=body)
    assert faults(answer) == {name: f"#/{name}" for name in fields}
    assert Analysis.objects.get().analysis_name == "Old name"
