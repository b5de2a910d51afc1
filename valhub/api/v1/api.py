"""All of v1: its routes, its document, and how it answers errors."""

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

import valhub
from valhub.api.v1 import (
    accounts,
    analyses,
    contracts,
    events,
    leaderboards,
    organising,
    public_files,
    submissions,
    tokens,
)
from valhub.api.v1.json_answers import Json, JsonObjects
from valhub.api.v1.problems import error_of_validation
from valhub.errors import Malformed, ValhubError

DESCRIPTION = """\
Everything that the pages do, for programs.

- Sign in with a token: `Authorization: Bearer vh_…`. `POST /tokens` makes one, in a session.
- Errors are `application/problem+json`: match on `code`; `errors` lists every faulty field.
- Lists come in pages: send `next` back as `cursor`.
- Times are RFC 3339 in UTC; numbers that are not finite are null.
"""


def _make_api() -> NinjaAPI:
    """Put the routes together."""
    api = NinjaAPI(
        title="PV Validation Hub",
        version=valhub.__version__,
        description=DESCRIPTION,
        urls_namespace="api-v1",
        renderer=Json(),
        parser=JsonObjects(),
    )
    modules = (
        accounts, tokens, analyses, organising, contracts, public_files, leaderboards,
        submissions, events,
    )  # fmt: skip
    # Routes of one address have to be in one router, whatever file they are in.
    for routes in dict.fromkeys(module.routes for module in modules):
        api.add_router("", routes)
    for kind in (Exception, Http404, HttpError, ValidationError):
        api.add_exception_handler(kind, _raise)
    return api


def _raise(_: HttpRequest, raised: Exception | type[Exception]) -> HttpResponse:
    """Leave every error to `ApiProblems`, as the documented routes do."""
    match raised:
        case ValidationError():
            raise error_of_validation(raised.errors) from raised
        case HttpError():
            # What the parser of bodies raised is its cause.
            cause = raised.__cause__
            raise cause if isinstance(cause, ValhubError) else Malformed() from raised
    raise raised


api = _make_api()
"""The one there is."""
