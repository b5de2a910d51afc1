"""One log line for every request, an id that joins all lines of one request, and how long it took.

The address is logged without its query, which may carry credentials; bodies and headers never are.
"""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from valhub.observing.metrics import count_request

HEADER = "X-Request-ID"
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_log = structlog.get_logger(__name__)


def request_id(request: HttpRequest) -> str:
    """Take the caller's id of this request when it is usable, else make one."""
    given = request.headers.get(HEADER, "")
    return given if _USABLE_ID.fullmatch(given) else uuid.uuid4().hex


def bind_account(account_id: uuid.UUID) -> None:
    """Have the rest of this request's lines name the account."""
    structlog.contextvars.bind_contextvars(account_id=str(account_id))


class RequestLog:
    """Outermost middleware: binds the request's id, logs how it was answered, sends the id back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, and log it."""
        identity = request_id(request)
        # Threads are reused: what an earlier request bound must not stay.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity)
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        count_request(request, response.status_code, seconds)
        _log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
        )
        response[HEADER] = identity
        return response
