"""What a browser may do with a page of ours: show it, load its style sheet, send its forms home.

Nothing here runs a script. Django's administration and the page of the API's document do, each its
own, so they have a policy of their own.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

_NOT_FRAMED = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
PAGE_POLICY = f"default-src 'none'; style-src 'self'; img-src 'self' data:; {_NOT_FRAMED}"
OWN_SCRIPTS_POLICY = f"default-src 'self'; img-src 'self' data:; object-src 'none'; {_NOT_FRAMED}"

PERMISSIONS = "camera=(), geolocation=(), microphone=()"

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def security_headers(get_response: GetResponse) -> GetResponse:
    """Add the content policy to every response that has none."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        has_scripts = request.path_info.startswith(("/admin/", "/api/v1/docs"))
        response.headers.setdefault(
            "Content-Security-Policy", OWN_SCRIPTS_POLICY if has_scripts else PAGE_POLICY
        )
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response

    return respond
