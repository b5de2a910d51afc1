"""How a route of v1 is declared: django-ninja's router, and what holds for all routes."""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import getdoc
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Router
from ninja.decorators import decorate_view

from valhub.api.v1.once import PARAMETER, at_once
from valhub.errors import FieldFault, InvalidFields

Answering = Callable[..., HttpResponseBase]
# Every error has the same shape, whatever the route.
PROBLEMS = {
    "responses": {
        "default": {
            "description": "A problem (RFC 9457)",
            "content": {
                "application/problem+json": {
                    "schema": {
                        "type": "object",
                        "required": ["title", "status", "code", "detail"],
                        "properties": {
                            "type": {"type": "string"},
                            "title": {"type": "string"},
                            "status": {"type": "integer"},
                            "code": {"type": "string"},
                            "detail": {"type": "string"},
                            "field": {"type": "string"},
                            "request_id": {"type": "string"},
                            "errors": {"type": "array", "items": {"type": "object"}},
                        },
                    }
                }
            },
        }
    }
}


class Routes(Router):
    """Routes that refuse what they do not know, and whose answers no cache mixes up."""

    def add_api_operation(
        self, path: str, methods: list[str], view_func: Callable[..., Any], **options: Any
    ) -> None:
        """Declare a route, described by the docstring of its view.

        Every POST is done once, however often it is sent under one key. Those that describe a body
        of their own, since it has files, see to it themselves: they take long.
        """
        summary, _, description = (getdoc(view_func) or "").partition("\n\n")
        more = {**PROBLEMS, **(options.get("openapi_extra") or {})}
        if "POST" in methods:
            view_func = view_func if "requestBody" in more else at_once(view_func)
            more["parameters"] = [*more.get("parameters", ()), PARAMETER]
        names = {"operation_id": view_func.__name__, "summary": summary.rstrip(".")}
        described = {**names, "description": description, "openapi_extra": more}
        super().add_api_operation(path, methods, view_func, **{**options, **described})
        operation = view_func._ninja_operation  # type: ignore[attr-defined]  # set by django-ninja
        decorate_view(_only(_query_names(operation.models)), _private)(view_func)


def patterns_of(api: NinjaAPI) -> tuple[list[URLResolver | URLPattern], str, str]:
    """Give an API's addresses: all answer HEAD as GET, and the root leads to the document."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)  # noqa: S101 - routers are no resolvers
        view = _to_document if pattern.name == "api-root" else pattern.callback
        is_document = pattern.name in ("api-root", "openapi-json", "openapi-view")
        pattern.callback = require_safe(view) if is_document else _with_head(view)
    return patterns, app_name, namespace


def _to_document(_: HttpRequest) -> HttpResponse:
    return redirect("api-v1:openapi-view")


def _with_head(view: Callable[..., Any]) -> Answering:
    @wraps(view)
    def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "HEAD":
            # Whoever sends the answer leaves its body off, by what the server was asked for.
            request.method = "GET"
        response: HttpResponseBase = view(request, *args, **kwargs)
        return response

    return respond


def _query_names(models: list[Any]) -> frozenset[str]:
    of_query = [one for one in models if one.__ninja_param_source__ == "query"]
    return frozenset(name for one in of_query for name in one.__ninja_flatten_map__)


def _only(known: frozenset[str]) -> Callable[[Answering], Answering]:
    """Refuse parameters that a route does not know: a misspelt filter would filter nothing."""

    def decorate(run: Answering) -> Answering:
        @wraps(run)
        def respond(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
            if faults := [*_unknown(request, known)]:
                raise InvalidFields(tuple(faults))
            return run(request, **kwargs)

        return respond

    return decorate


def _unknown(request: HttpRequest, known: frozenset[str]) -> Iterator[FieldFault]:
    for name, values in request.GET.lists():
        if name not in known:
            choice = ", ".join(sorted(known)) or "none"
            yield FieldFault(name[:40], f"There is no such parameter here. There are: {choice}.")
        elif len(values) > 1:
            yield FieldFault(name, "This is given twice. Send it once.")


def _private(run: Answering) -> Answering:
    """Have no cache keep what one caller saw, unless the route says how long."""

    @wraps(run)
    def respond(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        response = run(request, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    return respond
