import errno
from collections.abc import Callable

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import UnreadablePostError
from django.test import Client
from pytest_django import Settings

from valhub.accounts.models import Account
from valhub.api.problem_details import CONTENT_TYPE, problem_document
from valhub.errors import FieldFault, InvalidFields
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.faults import Fault, InvalidPackage
from valhub.http.errors import error_of
from valhub.http.statuses import status_of

As = Callable[[Account | None], Client]
SECRET = "dsn=postgres://hub:hunter2@db"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Have `/register` raise."""

    def fail_with(error: Exception) -> None:
        def register_account(**_fields: object) -> None:
            raise error

        monkeypatch.setattr("valhub.api.v0.accounts.register_account", register_account)

    return fail_with


def register(client: Client) -> tuple[int, dict[str, object], dict[str, str]]:
    answer = client.post("/register", {"username": "a", "email": "b", "password": "c"})
    return answer.status_code, answer.json(), dict(answer.headers)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OSError(errno.ENOSPC, SECRET), 507, "storage-full"),
        (OperationalError(SECRET), 503, "unavailable"),
        (UnreadablePostError(SECRET), 400, "broken-upload"),
        (SuspiciousOperation(SECRET), 400, "malformed"),
        (ZeroDivisionError(SECRET), 500, "internal-error"),
        (OSError(errno.EACCES, SECRET), 500, "internal-error"),
    ],
)
def test_an_exception_is_answered_by_its_kind_and_never_shown(
    failing: Callable[[Exception], None], as_: As, error: Exception, status: int, code: str
) -> None:
    failing(error)
    answered, document, headers = register(as_(None))
    assert (answered, document["status"], document["code"]) == (status, status, code)
    assert headers["Content-Type"] == CONTENT_TYPE
    assert "hunter2" not in str(document)


@pytest.mark.django_db
def test_an_error_of_ours_is_logged_under_the_id_that_is_told(
    failing: Callable[[Exception], None], as_: As, caplog: pytest.LogCaptureFixture
) -> None:
    failing(ZeroDivisionError("why"))
    document = register(as_(None))[1]
    (line,) = [record for record in caplog.records if record.exc_info]
    assert line.levelname == "ERROR"
    assert document["request_id"]


def test_every_fault_of_a_package_is_told() -> None:
    faults = (Fault("No data.", "Add some.", file="data"), Fault("Bad.", "Fix it.", line=3))
    problem = error_of(InvalidPackage("t.zip", faults))
    assert problem is not None
    document = problem_document(problem)
    assert (document["status"], document["code"]) == (422, "invalid-package")
    assert document["errors"] == [
        {"problem": "No data.", "fix": "Add some.", "file": "data"},
        {"problem": "Bad.", "fix": "Fix it.", "line": 3},
    ]


def test_another_fault_of_the_engine_keeps_its_code() -> None:
    class TooOld(EvaluationError):
        """It is too old."""

        code = "too-old"

    problem = error_of(TooOld())
    assert problem is not None
    assert (status_of(problem), problem.code, problem.detail) == (422, "too-old", "It is too old.")


def test_faults_of_several_fields_name_no_single_one() -> None:
    document = problem_document(InvalidFields((FieldFault("a", "Bad."), FieldFault("b", "Bad."))))
    assert "field" not in document
    assert document["errors"] == [
        {"field": "a", "detail": "Bad."},
        {"field": "b", "detail": "Bad."},
    ]


@pytest.mark.parametrize("path", ["/account/", "/account/7/", "/register/", "/login/x", "/api/x"])
def test_an_unknown_address_for_programs_is_a_problem(as_: As, path: str) -> None:
    answer = as_(None).get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.headers["Content-Type"] == CONTENT_TYPE


def test_an_unknown_page_is_left_to_the_pages(as_: As) -> None:
    answer = as_(None).get("/no-such-page")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] != CONTENT_TYPE


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/register", "POST"), ("DELETE", "/login", "GET, POST, HEAD")],
)
def test_a_wrong_method_is_told_the_right_ones(
    as_: As, method: str, path: str, allowed: str
) -> None:
    answer = as_(None).generic(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == allowed


def test_a_host_that_is_not_ours_is_a_problem(as_: As) -> None:
    answer = as_(None).get("/livez", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_a_body_too_large_is_a_problem(as_: As, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    status, document, _ = register(as_(None))
    assert (status, document["code"]) == (413, "too-large")


def test_an_upload_cut_off_half_way_is_a_problem(as_: As) -> None:
    answer = as_(None).post("/register", b"--x", content_type="multipart/form-data; boundary=")
    assert (answer.status_code, answer.json()["code"]) == (400, "broken-upload")
