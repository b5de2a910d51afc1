"""How tests speak v1: as an account with a token, or in its session."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from valhub.accounts.models import Account, Scope
from valhub.accounts.services.tokens import make_token

V1 = "/api/v1"
JSON = "application/json"
Call = Callable[..., Any]


def refused(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal, which is always a problem."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


def bearer(account: Account, *scopes: Scope) -> dict[str, str]:
    """Headers with a new token of these scopes; all of them by default."""
    _, text = make_token(account, name="test", scopes=scopes or tuple(Scope))
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def call() -> Call:
    """Call a route of v1, as an account with a token of all scopes, or as nobody."""
    headers: dict[Account, dict[str, str]] = {}

    def ask(
        method: str, path: str, *, by: Account | None = None, body: object = None, **more: Any
    ) -> Any:
        client = Client(raise_request_exception=False)
        if by is not None and by not in headers:
            headers[by] = bearer(by)
        sent = {**(headers[by] if by else {}), **more.pop("headers", {})}
        kind = more.pop("content_type", None if body is None else JSON)
        if kind:
            more["content_type"] = kind
        if body is not None:
            more["data"] = body
        return getattr(client, method.lower())(V1 + path, headers=sent, **more)

    return ask
