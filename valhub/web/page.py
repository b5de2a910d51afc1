"""What every page has in common: refusals become pages, and no cache keeps what one person saw."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from valhub.accounts.problems import Problem

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """Answer with the view's page, or with one that says why there is none."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Problem as problem:
            response = _problem_page(request, problem)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


def _problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    told = {
        "status": problem.status,
        "heading": HTTPStatus(problem.status).phrase,
        "detail": problem.detail,
    }
    return render(request, "web/problem.html", told, status=problem.status)
