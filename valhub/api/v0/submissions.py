"""The documented routes of submissions: submit, list, follow."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from valhub.accounts.models import Account
from valhub.accounts.selectors.visible import account_named
from valhub.analyses.selectors.listing import find_analysis
from valhub.api.callers import signed_in_caller
from valhub.api.input_faults import InputFaults
from valhub.api.reading import body_inputs
from valhub.api.routing import api_route
from valhub.api.v0.shapes import json_string, row_document
from valhub.errors import Forbidden
from valhub.jobs.disclosure.readers import reader_of
from valhub.jobs.disclosure.results import Document, submission_results
from valhub.jobs.disclosure.shown_run import shown_progress
from valhub.jobs.models import Submission
from valhub.jobs.selectors.reports import latest_run
from valhub.jobs.selectors.submissions import find_submission, submissions_visible_to
from valhub.jobs.selectors.waiting import waiting_words
from valhub.jobs.services.new_submissions import submit_algorithm
from valhub.jobs.services.open_analyses import check_open


class NotYourAccount(Forbidden):
    """user_id is not the id of your own account. Send the id that /login returned to you."""

    code = "not-your-account"


def submission_document(
    submission: Submission,
    result: Document | None,
    request: HttpRequest,
    more: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Write one submission as the document has it, and more fields where a route has them.

    `result` is what the reader may see of it, from `valhub.jobs.disclosure.results`.
    """
    algorithm = reverse("submission-file", args=[submission.pk])
    fields = {
        "analysis": submission.analysis_id,
        "created_by": str(submission.created_by_id),
        "submitted_at": submission.submitted_at,
        "status": submission.status,
        "algorithm": request.build_absolute_uri(algorithm),
        "result": result,
        "reason": submission.reason,
        "display_name": submission.display_name,
        "duplicate_of": submission.duplicate_of_id and str(submission.duplicate_of_id),
        **(more or {}),
    }
    return row_document("jobs.submission", str(submission.pk), fields)


@api_route("POST")
def submit(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """Submit an algorithm, in the documented order of checks."""
    by = signed_in_caller(request)
    analysis = find_analysis(analysis_id, visible_to=by)
    check_open(analysis)
    inputs = body_inputs(request, max_file_bytes=settings.MAX_ALGORITHM_BYTES)
    faults = InputFaults()
    named = faults.read(partial(inputs.identifier, "user_id"), None)
    account = named_account(named, by) if named else by
    upload = faults.read(partial(inputs.file, "algorithm"), None)
    name = faults.read(partial(inputs.optional_text, "display_name"), None)
    faults.raise_first()
    assert upload is not None  # noqa: S101 - or that was a fault
    submission = submit_algorithm(
        analysis=analysis, account=account, upload=upload, display_name=name or ""
    )
    return json_string([submission_document(submission, None, request)])


def named_account(account_id: uuid.UUID, by: Account) -> Account:
    """The account a request names: the caller's own, or anybody's for staff."""
    account = account_named(account_id)
    if account.pk != by.pk and not by.is_staff:
        raise NotYourAccount
    return account


@api_route("GET")
def user_submissions(
    request: HttpRequest, user_id: uuid.UUID, analysis_id: int | None = None
) -> HttpResponse:
    """List an account's submissions, as far as the caller may see them, newest first."""
    by = signed_in_caller(request)
    account = account_named(user_id)
    rows = submissions_visible_to(by).filter(created_by=account, archived=False)
    if analysis_id is not None:
        rows = rows.filter(analysis=find_analysis(analysis_id, visible_to=by))
    # An organiser sees submissions to their own analyses; others see none.
    if account.pk != by.pk and not by.is_staff and not rows.exists():
        raise NotYourAccount
    ordered = list(rows.select_related("analysis").order_by("-submitted_at", "pk"))
    results = submission_results(ordered, by)
    return json_string([submission_document(row, results.get(row.pk), request) for row in ordered])


@api_route("GET")
def submission_detail(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """One submission."""
    by = signed_in_caller(request)
    submission = find_submission(submission_id, visible_to=by)
    run = latest_run(submission)
    progress = asdict(shown_progress(run, reader_of(submission, by))) if run else None
    result = submission_results([submission], by).get(submission.pk)
    more: dict[str, object] = {"progress": progress}
    if run and not submission.reason:
        more["reason"] = waiting_words(run)
    return json_string([submission_document(submission, result, request, more)])
