"""The document of v1: it is the committed one, and every answer is as it says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi import checks  # noqa: F401 - its checks are known by name then

from tests.api.v1.conftest import bearer
from tests.api.v1.test_analyses import make_analysis
from tests.properties import examples
from valhub.accounts.models import Account
from valhub.api.v1.api import api
from valhub.wsgi import application

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
DOCUMENT = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
# What holds for every answer; which requests are refused, the document does not say in full.
HELD = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)

schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = application


def test_the_committed_document_is_the_apis() -> None:
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, "Run `make openapi`, and say what changed"


def test_every_route_and_parameter_is_described() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            for one in operation.get("parameters", []):
                assert one.get("description") or one["in"] == "path" or "schema" in one


@pytest.fixture(params=["nobody", "participant", "organiser", "staff"])
def headers(request: pytest.FixtureRequest, organiser: Account) -> dict[str, str]:
    """Those of everybody who may ask."""
    make_analysis(organiser, "Time shifts", pk=1)
    if request.param == "nobody":
        return {}
    return bearer(request.getfixturevalue(request.param))


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Keep the test's connection, and what it has not committed, from one request to the next."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("one_connection")
@pytest.mark.hypothesis
@schema.parametrize()
@settings(
    max_examples=examples(6),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.filter_too_much],
)  # fmt: skip
def test_every_answer_is_as_the_document_says(case: Any, headers: dict[str, str]) -> None:
    response = case.call(headers=headers)
    case.validate_response(response, checks=[CHECKS.get_one(name) for name in HELD])
