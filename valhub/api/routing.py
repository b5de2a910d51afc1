"""How a route of the API is declared: its methods, and what holds for all of them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from valhub.api.callers import refuse_other_sites

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]
SAFE_METHODS = ("GET", "HEAD")


def api_route(
    *methods: str, cacheable: bool = False
) -> Callable[[View[Arguments]], View[Arguments]]:
    """Declare a view as a route for these methods, and for HEAD where GET is one of them.

    Requests that change something are rejected when another site's page sent them, so Django's
    own token is not needed.

    Parameters
    ----------
    *methods : str
        The allowed methods; any other is answered with 405.
    cacheable : bool
        Whether caches may store the answers; the view then says for how long.
    """
    allowed = [*methods, "HEAD"] if "GET" in methods else [*methods]

    def declare(view: View[Arguments]) -> View[Arguments]:
        @csrf_exempt
        @require_http_methods(allowed)
        @wraps(view)
        def route(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            if request.method not in SAFE_METHODS:
                refuse_other_sites(request)
            response = view(request, *args, **kwargs)
            if not cacheable:
                response["Cache-Control"] = "no-store"
            return response

        return route

    return declare
