"""Requests whose bodies arrived so slowly that the hub did not wait for the rest."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from valhub.errors import Unavailable
from valhub.http.unread_bodies import Refusal
from valhub.http.whole_bodies import TOO_SLOW

GetResponse = Callable[[HttpRequest], HttpResponseBase]

RETRY_AFTER_S = 30


def refuse_slow_bodies(get_response: GetResponse) -> GetResponse:
    """Answer 503 to a request whose body was cut off; nothing was changed."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        return _refusal() if request.META.get(TOO_SLOW) else response

    return respond


def _refusal() -> Refusal:
    error = Unavailable(
        "The request's body arrived too slowly, and others were waiting. Nothing was changed; send "
        "it again later, or over a faster connection.",
        code="body-too-slow",
        retry_after_s=RETRY_AFTER_S,
    )
    response = Refusal(error)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response
