"""The caller's tokens; only a session makes and revokes them, so that no token makes another."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Schema, Status

from valhub.accounts.models import Scope, Token
from valhub.accounts.services.tokens import USUAL_DAYS, make_token, revoke_token
from valhub.api.v1.callers import InSession, Reader, account_of
from valhub.api.v1.lists import ListOf, PageQuery, newest_first
from valhub.api.v1.once import answered_once
from valhub.api.v1.routes import Routes

routes = Routes(tags=["tokens"])


class TokenIn(Schema, extra="forbid"):
    """What a new token is for."""

    name: str = Field(description="The program or machine that will use it.", examples=["laptop"])
    scopes: list[Scope] = Field([Scope.READ], description="Its uses; reading is always among them.")
    days: int = Field(USUAL_DAYS, description="After how many days it expires.")


class TokenOut(Schema):
    """A token, without its text."""

    id: int
    name: str
    prefix: str = Field(description="The beginning of its text.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class NewTokenOut(TokenOut):
    """A token that was just made."""

    token: str = Field(description="Its text, which is never shown again.")


@routes.get("/tokens", response=ListOf[TokenOut], auth=Reader)
def list_tokens(request: HttpRequest, asked: Query[PageQuery]) -> ListOf[TokenOut]:
    """List the caller's tokens, the newest first."""
    found = newest_first(account_of(request).tokens.all(), by="created_at", asked=asked)
    return ListOf[TokenOut](items=[TokenOut(**_fields(one)) for one in found.rows], next=found.next)


@routes.post("/tokens", response={201: NewTokenOut}, auth=InSession)
@answered_once
def create_token(request: HttpRequest, data: TokenIn) -> Status[Any]:
    """Make a token."""
    token, text = make_token(
        account_of(request), name=data.name, scopes=data.scopes, days=data.days
    )
    return Status(201, NewTokenOut(token=text, **_fields(token)))


@routes.delete("/tokens/{int:token_id}", response={204: None}, auth=InSession)
def delete_token(request: HttpRequest, token_id: int) -> Status[Any]:
    """Revoke a token; the next request with it is refused."""
    revoke_token(account_of(request), token_id)
    return Status(204, None)


def _fields(token: Token) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }
