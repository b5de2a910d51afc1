"""The document of v1: it is the committed one, and describes every route."""

import json
from pathlib import Path

from valhub.api.v1.api import api

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_the_committed_document_is_the_apis() -> None:
    document = json.loads(json.dumps(api.get_openapi_schema()))
    assert json.loads(COMMITTED.read_text()) == document, "Run `make openapi`, and say what changed"


def test_every_route_is_described() -> None:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
