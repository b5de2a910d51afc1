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


def api_route(*methods: str, kept: bool = False) -> Callable[[View[Arguments]], View[Arguments]]:
    """Declare a view as a route that takes these methods, and HEAD where it takes GET.

    Requests that change something are refused when another site's page sent them, which is why
    Django's own token is not asked for.

    Parameters
    ----------
    *methods : str
        What the route takes; everything else answers 405.
    kept : bool
        Whether caches may keep its answers; then the view says how.
    """
    taken = [*methods, "HEAD"] if "GET" in methods else [*methods]

    def declare(view: View[Arguments]) -> View[Arguments]:
        @csrf_exempt
        @require_http_methods(taken)
        @wraps(view)
        def route(
            request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            if request.method not in SAFE_METHODS:
                refuse_other_sites(request)
            response = view(request, *args, **kwargs)
            if not kept:
                response["Cache-Control"] = "no-store"
            return response

        return route

    return declare
