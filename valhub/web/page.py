"""What every page has in common: refusals become pages, and no cache keeps what one person saw."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from valhub.accounts.problems import Problem
from valhub.evaluation.errors import EvaluationError
from valhub.refusals import problem_of

# What may be a refusal. Django itself makes pages of its own.
MAYBE_REFUSED = (Problem, EvaluationError, OperationalError, OSError)

_log = structlog.get_logger(__name__)

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> View[P]:
    """Answer with the view's page, or with one that says why there is none."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except MAYBE_REFUSED as error:
            response = _problem_page(request, refusal(error))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return answer


def refusal(error: Exception) -> Problem:
    """Find the refusal that an exception stands for; a fault of the hub is raised again."""
    problem = problem_of(error)
    if problem is None:
        raise error
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("page_refused", code=problem.code, exc_info=error)
    return problem


def _problem_page(request: HttpRequest, problem: Problem) -> HttpResponse:
    told = {
        "status": problem.status,
        "heading": HTTPStatus(problem.status).phrase,
        "detail": problem.detail,
    }
    return render(request, "web/problem.html", told, status=problem.status)
