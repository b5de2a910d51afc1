"""What every page has in common: errors become pages, and no cache keeps what one person saw."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from valhub.errors import ValhubError
from valhub.http.errors import error_of
from valhub.http.statuses import status_of

# What may be answered. Django itself makes pages of its own.
MAYBE_KNOWN = (ValhubError, OperationalError, OSError)

_log = structlog.get_logger(__name__)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(view: View[P]) -> View[P]:
    """Answer with the view's page, or with one that says why there is none."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except MAYBE_KNOWN as error:
            response = _error_page(request, known_error(error))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


def known_error(raised: Exception) -> ValhubError:
    """Find the error that an exception is answered as; a fault of the hub is raised again."""
    error = error_of(raised)
    if error is None:
        raise raised
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("page_refused", code=error.code, exc_info=raised)
    return error


def _error_page(request: HttpRequest, error: ValhubError) -> HttpResponse:
    status = status_of(error)
    shown = {"status": status, "heading": status.phrase, "detail": error.detail}
    return render(request, "web/problem.html", shown, status=status)
