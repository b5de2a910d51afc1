"""An organiser's analyses, and the page on which one of them is published, closed and renewed."""

from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis
from valhub.analyses.selectors.caps import cap_notes
from valhub.analyses.selectors.managing import find_managed_analysis, find_publishable_analysis
from valhub.analyses.selectors.stored_bytes import stored_bytes
from valhub.analyses.services.publication import (
    close_analysis,
    publish_analysis,
    withdraw_analysis,
)
from valhub.analyses.services.staff_acts import change_as, record_as
from valhub.analyses.services.uploads import add_version
from valhub.analyses.services.version_rows import FIELD
from valhub.errors import Invalid, MissingField, ValhubError
from valhub.http.body_sizes import check_body_size
from valhub.http.statuses import status_of
from valhub.jobs.models import Status
from valhub.jobs.selectors.organising import analyses_organised_by, versions_of
from valhub.jobs.selectors.submissions import submissions_to
from valhub.jobs.services.preparations import request_preparation, retry_preparation
from valhub.leaderboards.columns import shown_columns
from valhub.leaderboards.services.final_parts import reveal_final_part
from valhub.web.page import known_error, page
from valhub.web.submission_lines import submission_lines

SUBMISSIONS_SHOWN = 50


@page
@login_required
@require_safe
def my_analyses(request: HttpRequest) -> HttpResponse:
    """List the signed-in account's analyses."""
    context = {"here": "my-analyses", "analyses": analyses_organised_by(_account(request))}
    return render(request, "web/my_analyses.html", context)


@page
@login_required
@require_safe
def analysis_submissions(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """List all submissions to an analysis for its managers, those that failed included."""
    account = _account(request)
    found = find_managed_analysis(analysis_id, managed_by=account)
    state, author = request.GET.get("state", ""), request.GET.get("author", "").strip()
    rows = submissions_to(found, visible_to=account, state=state, author=author)
    listed = Paginator(rows, SUBMISSIONS_SHOWN).get_page(request.GET.get("page"))
    assert found.current_version is not None  # noqa: S101 - or it could not be found
    primary = next(iter(shown_columns(found.current_version)), None)
    context = {
        "analysis": found,
        "listed": listed,
        "primary": primary,
        "lines": submission_lines(listed, account, primary),
        "states": Status.choices,
        "state": state,
        "author": author,
    }
    return render(request, "web/analysis_submissions.html", context)


# Django's check of the form's token reads the whole body, which may be a very large package: the
# sender and the size are checked first.
@csrf_exempt
@page
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Show one analysis to its managers, and do what its forms ask for."""
    found = find_managed_analysis(analysis_id, managed_by=_account(request))
    if request.method == "POST":
        check_body_size(request, max_file_bytes=settings.MAX_PACKAGE_BYTES)
    return _answer(request, found)


@csrf_protect
def _answer(request: HttpRequest, analysis: Analysis) -> HttpResponse:
    if request.method != "POST":
        return _page(request, analysis)
    try:
        _do(request, analysis)
    except ValhubError as error:
        return _page(request, analysis, refused=known_error(error))
    return redirect("web:manage", analysis.pk)


def _page(
    request: HttpRequest, analysis: Analysis, refused: ValhubError | None = None
) -> HttpResponse:
    context = {
        "analysis": analysis,
        "versions": versions_of(analysis),
        "caps": cap_notes(analysis),
        "stored": stored_bytes(analysis.creator),
        "refused": refused,
    }
    status = status_of(refused) if refused else HTTPStatus.OK
    return render(request, "web/manage.html", context, status=status)


def _do(request: HttpRequest, analysis: Analysis) -> None:
    by = _account(request)
    match request.POST.get("action"):
        case "publish":
            change_as(by, _publishable(request, analysis), publish_analysis)
        case "close":
            change_as(by, analysis, close_analysis)
        case "withdraw":
            change_as(by, analysis, withdraw_analysis)
        case "reveal":
            _reveal(request, analysis)
        case "prepare":
            change_as(by, analysis, retry_preparation)
        case "version":
            _renew(request, _publishable(request, analysis))
        case _:
            raise Invalid(
                "This page does not support what the form asks for. Reload the page and send its "
                "form again.",
                code="unknown-action",
            )


def _reveal(request: HttpRequest, analysis: Analysis) -> None:
    """Reveal the final part, if that is confirmed: nothing hides it again."""
    if request.POST.get("confirmed") != "yes":
        sentence = "Revealing the final part was not confirmed. Tick the box and send it again."
        raise MissingField(sentence, field="confirmed")
    change_as(_account(request), analysis, reveal_final_part)


def _renew(request: HttpRequest, analysis: Analysis) -> None:
    """Make a new version from the uploaded package."""
    upload = request.FILES.get(FIELD)
    if upload is None:
        sentence = "No package was chosen. Choose a .zip and send the form again."
        raise MissingField(sentence, field=FIELD)
    request_preparation(add_version(analysis=analysis, upload=upload, by=_account(request)))
    record_as(_account(request), analysis, "add version")


def _publishable(request: HttpRequest, analysis: Analysis) -> Analysis:
    return find_publishable_analysis(analysis.pk, published_by=_account(request))


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)  # noqa: S101 - signed in
    return request.user
