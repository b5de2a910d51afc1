"""Every failure of an API route as `application/problem+json` (RFC 9457).

Views raise; `ApiProblems` answers. It also gives Django's own refusals (unknown address, wrong
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

from valhub.accounts.problems import (
    Forbidden,
    Malformed,
    NotFound,
    NotSignedIn,
    Problem,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedType,
)
from valhub.refusals import problem_of

CONTENT_TYPE = "application/problem+json"
CHALLENGE = 'Basic realm="PV Validation Hub", charset="UTF-8"'

_log = structlog.get_logger(__name__)


class MethodNotAllowed(Problem):
    """That method is not taken here. The header Allow names those that are."""

    status = 405
    code = "method-not-allowed"


class InternalError(Problem):
    """The hub has a fault. It was logged; tell the staff the request_id when it happens again."""

    status = 500
    code = "internal-error"


_BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        Malformed, NotSignedIn, Forbidden, NotFound, MethodNotAllowed, TooLarge, UnsupportedType,
        TooMany, Unavailable, InternalError,
    )
}  # fmt: skip


def problem_document(problem: Problem) -> dict[str, object]:
    """Write a refusal as RFC 9457 says, with `code`, and `field` and `errors` where there are."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
        "field": problem.field,
        "errors": [_told(asdict(fault)) for fault in problem.faults],
    }
    return _told(document)


def _told(document: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if value not in (None, "", [])}


def problem_response(problem: Problem) -> JsonResponse:
    """Answer with a refusal; no cache keeps it."""
    response = JsonResponse(
        problem_document(problem), status=problem.status, content_type=CONTENT_TYPE
    )
    response["Cache-Control"] = "no-store"
    if isinstance(problem, NotSignedIn):
        response["WWW-Authenticate"] = CHALLENGE
    if problem.retry_after_s is not None:
        response["Retry-After"] = str(problem.retry_after_s)
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
    """Middleware, outside of Django's own, so that what they refuse is given the one shape too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request; Django's own pages of failure become problems."""
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/")
        if response.status_code < HTTPStatus.BAD_REQUEST or not is_page or not is_api(request):
            return response
        problem = problem_response(_BY_STATUS.get(response.status_code, Malformed)())
        if "Allow" in response.headers:
            problem["Allow"] = response.headers["Allow"]
        return problem

    def process_exception(self, request: HttpRequest, error: Exception) -> JsonResponse | None:
        """Answer what a view raised, if it is a refusal; Django logs the rest and answers 500."""
        if not is_api(request) or (problem := problem_of(error)) is None:
            return None
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("request_refused", code=problem.code, exc_info=error)
        return problem_response(problem)
