"""Every error of an API route as `application/problem+json` (RFC 9457).

Views raise; `ApiProblems` answers. It also gives Django's own errors (unknown address, wrong
method, a body it would not read, an error of ours) the same shape. What went wrong inside the hub
is logged and never shown. Pages have a handler of their own.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from http import HTTPStatus
from importlib import import_module

import structlog
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from valhub.errors import (
    Forbidden,
    Malformed,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedType,
    ValhubError,
)
from valhub.http.errors import error_of
from valhub.http.statuses import STATUSES, InternalError, MethodNotAllowed, status_of
from valhub.http.unread_bodies import Refusal

CONTENT_TYPE = "application/problem+json"
_KEPT_HEADERS = {"Allow", "Accept-Encoding"}
CHALLENGE = 'Basic realm="PV Validation Hub", charset="UTF-8"'

_log = structlog.get_logger(__name__)


# What Django's own answers are, by their status.
_BY_STATUS: dict[int, type[ValhubError]] = {
    STATUSES[kind]: kind
    for kind in (
        Malformed, NotSignedIn, Forbidden, NotFound, MethodNotAllowed, TooLarge, UnsupportedType,
        TooMany, Unavailable, InternalError,
    )
}  # fmt: skip


def problem_document(error: ValhubError) -> dict[str, object]:
    """Write an error as RFC 9457 says, with `code`, and `field` and `errors` where it has them."""
    status = status_of(error)
    document: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
        "field": error.field,
        "errors": [_without_empty(asdict(fault)) for fault in error.faults],
    }
    return _without_empty(document)


def _without_empty(document: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if value not in (None, "", [])}


def problem_response(error: ValhubError) -> JsonResponse:
    """Answer with an error; no cache keeps it."""
    response = JsonResponse(
        problem_document(error), status=status_of(error), content_type=CONTENT_TYPE
    )
    response["Cache-Control"] = "no-store"
    if isinstance(error, NotSignedIn):
        response["WWW-Authenticate"] = CHALLENGE
    if error.retry_after_s is not None:
        response["Retry-After"] = str(error.retry_after_s)
    return response


@cache
def _first_segments() -> frozenset[str]:
    # Looked up late: the routes import the views, and the views what is here.
    routes = import_module("valhub.api.v0.urls").urlpatterns
    documented = {str(route.pattern).split("/")[0] for route in routes}
    return frozenset({"api", "livez", "metrics", "readyz"} | documented)


def is_api(request: HttpRequest) -> bool:
    """Whether an address is one for programs, by its first segment."""
    return request.path_info.lstrip("/").split("/")[0] in _first_segments()


class ApiProblems:
    """Middleware outside of Django's own, so that their refusals have the same shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; Django's own pages of failure become problems."""
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/")
        if response.status_code < HTTPStatus.BAD_REQUEST or not is_page or not is_api(request):
            return response
        known = response.error if isinstance(response, Refusal) else None
        problem = problem_response(known or _BY_STATUS.get(response.status_code, Malformed)())
        for name in _KEPT_HEADERS & {*response.headers}:
            problem[name] = response.headers[name]
        return problem

    def process_exception(self, request: HttpRequest, raised: Exception) -> JsonResponse | None:
        """Answer what a view raised, if it is known; Django logs the rest and answers 500."""
        if not is_api(request) or (error := error_of(raised)) is None:
            return None
        if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request_refused", code=error.code, exc_info=raised)
        return problem_response(error)
