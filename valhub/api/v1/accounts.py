"""The caller's own account."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Schema

from valhub.accounts.models import Account
from valhub.analyses.selectors.permissions import may_publish
from valhub.api.v1.callers import Reader, account_of
from valhub.api.v1.routes import Routes

routes = Routes(tags=["accounts"])


class AccountOut(Schema):
    """An account, as its owner sees it."""

    id: UUID
    username: str
    email: str
    first_name: str
    last_name: str
    github_link: str | None
    may_publish: bool
    is_staff: bool
    registered_at: datetime


@routes.get("/accounts/me", response=AccountOut, auth=Reader)
def me(request: HttpRequest) -> AccountOut:
    """Show the account that calls."""
    return _shown(account_of(request))


def _shown(account: Account) -> AccountOut:
    return AccountOut(
        id=account.pk,
        username=account.username,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name,
        github_link=account.github_link,
        may_publish=may_publish(account),
        is_staff=account.is_staff,
        registered_at=account.date_joined,
    )
