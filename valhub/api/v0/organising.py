"""What an organiser does with an analysis after its upload: publish, close, renew and the like.

The document has no such routes; these keep to its shapes, and answer with the analysis.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.analyses.selectors.listing import find_analysis
from valhub.analyses.selectors.managing import find_managed_analysis, find_publishable_analysis
from valhub.analyses.services.publication import (
    close_analysis,
    publish_analysis,
    withdraw_analysis,
)
from valhub.analyses.services.staff_acts import change_as, record_as
from valhub.analyses.services.uploads import add_version
from valhub.analyses.services.version_rows import FIELD
from valhub.api.callers import signed_in_caller
from valhub.api.reading import body_inputs
from valhub.api.routing import api_route
from valhub.api.v0.analyses import analysis_document
from valhub.api.v0.shapes import json_string
from valhub.jobs.services.preparations import request_preparation, retry_preparation
from valhub.leaderboards.services.final_parts import reveal_final_part


@api_route("POST")
def publish(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Publish a draft, or open a closed analysis again."""
    by = signed_in_caller(request)
    analysis = find_publishable_analysis(analysis_id, published_by=by)
    change_as(by, analysis, publish_analysis)
    return _answer(request, analysis_id, by)


@api_route("POST")
def close(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Take no more submissions, and reveal the final part if the field `reveal` says so."""
    by = signed_in_caller(request)
    analysis = find_managed_analysis(analysis_id, managed_by=by)
    reveals = body_inputs(request).flag("reveal")
    change_as(by, analysis, reveal_final_part if reveals else close_analysis)
    return _answer(request, analysis_id, by)


@api_route("POST")
def reveal(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Show the scores of the final part, and take no more submissions."""
    return _change(request, analysis_id, reveal_final_part)


@api_route("POST")
def withdraw(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Make a draft of it again."""
    return _change(request, analysis_id, withdraw_analysis)


@api_route("POST")
def prepare(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Prepare the data of its current version once more, after that failed."""
    return _change(request, analysis_id, retry_preparation)


@api_route("POST")
def version(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Give it a new package, which takes submissions from now on."""
    by = signed_in_caller(request)
    # Asked before the body is read: it may be very large.
    analysis = find_publishable_analysis(analysis_id, published_by=by)
    inputs = body_inputs(request, max_file_bytes=settings.MAX_PACKAGE_BYTES)
    request_preparation(add_version(analysis=analysis, upload=inputs.file(FIELD), by=by))
    record_as(by, analysis, "add version")
    return _answer(request, analysis_id, by)


def _change(
    request: HttpRequest, analysis_id: int, service: Callable[[Analysis], None]
) -> HttpResponse:
    by = signed_in_caller(request)
    change_as(by, find_managed_analysis(analysis_id, managed_by=by), service)
    return _answer(request, analysis_id, by)


def _answer(request: HttpRequest, analysis_id: int, by: Account) -> HttpResponse:
    analysis = find_analysis(analysis_id, visible_to=by)
    return json_string([analysis_document(analysis, request)])
