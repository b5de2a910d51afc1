"""Requests to a web process that stops: those that could not end in time are sent away whole."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from valhub.errors import Unavailable
from valhub.http.stop_times import STOP_TIMES
from valhub.http.unread_bodies import Refusal
from valhub.http.whole_bodies import CUT_OFF

GetResponse = Callable[[HttpRequest], HttpResponseBase]

RETRY_AFTER_S = 5


def refuse_while_stopping(get_response: GetResponse) -> GetResponse:
    """Answer 503 to what begins too late or had not arrived whole, so that nothing was changed."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if not STOP_TIMES.begins():
            return _refusal()
        response = get_response(request)
        return _refusal() if request.META.get(CUT_OFF) else response

    return respond


def _refusal() -> Refusal:
    error = Unavailable(
        f"The hub is restarting, so nothing was changed. Send it again in {RETRY_AFTER_S} seconds.",
        code="restarting",
        retry_after_s=RETRY_AFTER_S,
    )
    response = Refusal(error)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
