"""Bodies that the hub would read as empty: they are rejected before anything reads them.

Django reads as many bytes as Content-Length announces. A body without it, sent in chunks or until
the connection closes, is therefore an empty one to every view, and a compressed one is not what its
content type says. To read them here, the hub would have to store bytes of any number, from anybody.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from valhub.errors import UnsupportedType, ValhubError
from valhub.http.statuses import LengthRequired, status_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_WITH_BODIES = ("POST", "PUT", "PATCH")
# Django's own server says text/plain where a request names no type.
_NO_TYPE = ("", "text/plain")


class Refusal(HttpResponse):
    """An answer in plain text, which the API makes a problem of."""

    def __init__(self, error: ValhubError) -> None:
        super().__init__(error.detail, status=status_of(error), content_type="text/plain")
        self.error = error


def refuse_unread_bodies(get_response: GetResponse) -> GetResponse:
    """Reject requests whose bodies no view could read as they were sent."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        error = _without_length(request) or _compressed(request)
        if error is None:
            return get_response(request)
        response = Refusal(error)
        if isinstance(error, UnsupportedType):
            response["Accept-Encoding"] = "identity"
        return response

    return respond


def _without_length(request: HttpRequest) -> ValhubError | None:
    if "Transfer-Encoding" in request.headers:
        return LengthRequired()
    if request.method not in _WITH_BODIES or request.META.get("CONTENT_LENGTH"):
        return None
    # In HTTP/1.1 a request without a length has no body, so only one that names the body's type
    # means to have one. HTTP/1.0 has bodies without a length, and nothing shows them.
    announced = request.content_type not in _NO_TYPE
    older = request.META.get("SERVER_PROTOCOL") == "HTTP/1.0"
    return LengthRequired() if announced or older else None


def _compressed(request: HttpRequest) -> ValhubError | None:
    encoding = request.headers.get("Content-Encoding", "").strip()
    has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
    if not has_body or encoding.lower() in ("", "identity"):
        return None
    sentence = f"Content-Encoding {encoding[:40]} is not supported. Send the body uncompressed."
    return UnsupportedType(sentence, code="unsupported-encoding")
