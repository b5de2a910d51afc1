"""Every answer of v1 is as its document says, whatever is sent and whoever sends it.

What makes requests of the document takes seconds to import, so it is loaded in the tests, and no
plugin of it is (`addopts`).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from tests.api.v1.conftest import bearer
from tests.api.v1.test_analyses import make_analysis
from tests.properties import examples
from valhub.accounts.models import Account
from valhub.api.v1.api import api
from valhub.wsgi import application

pytestmark = [pytest.mark.slow, pytest.mark.hypothesis]

# Which requests are refused, the document does not say in full.
HELD = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
OPERATIONS = [
    (method.upper(), path)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
]


@pytest.fixture(scope="module")
def schema() -> Any:
    import schemathesis

    loaded = schemathesis.openapi.from_dict(api.get_openapi_schema())
    loaded.app = application
    return loaded


@pytest.fixture(scope="module")
def checks(schema: Any) -> list[Any]:
    from schemathesis.checks import CHECKS, load_all_checks

    load_all_checks()
    return [CHECKS.get_one(name) for name in HELD]


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


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_the_document_says(
    schema: Any, checks: list[Any], headers: dict[str, str], method: str, path: str
) -> None:
    @given(case=schema[path][method].as_strategy())
    @settings(
        max_examples=examples(6),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def holds(case: Any) -> None:
        case.validate_response(case.call(headers=headers), checks=checks)

    holds()
