"""A person's submissions, and one of them with its progress and report."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from valhub.accounts.models import Account
from valhub.analyses.selectors.listing import is_outdated
from valhub.evaluation.wording import remark
from valhub.jobs.models import ENDED, Run, Status, Submission
from valhub.jobs.selectors import reports
from valhub.jobs.selectors.launches import lacks_instances
from valhub.jobs.selectors.submissions import find_submission
from valhub.web import report
from valhub.web.page import page

PAGE_SIZE = 50
REFRESH_S = 3
EVENTS_SHOWN = 200


@page
@login_required
@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    """List the signed-in account's submissions."""
    assert isinstance(request.user, Account)  # noqa: S101 - signed in
    pages = Paginator(reports.submissions_of(request.user), PAGE_SIZE)
    context = {"here": "submissions", "submissions": pages.get_page(request.GET.get("page"))}
    return render(request, "web/submissions.html", context)


@page
@login_required
@require_safe
def submission(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    """Show one submission; while it runs, the page reloads itself."""
    found = find_submission(submission_id, visible_to=request.user)
    going_on = found.status not in ENDED
    refreshing = going_on and request.GET.get("refresh") != "off"
    events = reports.last_events(found, EVENTS_SHOWN)
    context = {
        "submission": found,
        "going_on": going_on,
        "refresh_s": REFRESH_S if refreshing else None,
        "events": report.event_lines(events),
        "events_left_off": found.events_count > len(events),
    }
    run = reports.latest_run(found)
    if run is not None:
        context |= _run(run, in_full=_is_its_author(request, found))
        waits = run.status == Status.SUBMITTED
        context["lacks_instances"] = waits and lacks_instances(found.analysis_id)
        if _is_its_author(request, found) and found.private_result is not None:
            context["returned"] = report.as_text(found.private_result)
    return render(request, "web/submission.html", context)


def _is_its_author(request: HttpRequest, found: Submission) -> bool:
    """Whether to show what the algorithm raised and printed; an organiser sees verdicts only."""
    user = request.user
    return isinstance(user, Account) and (user.is_staff or user.pk == found.created_by_id)


def _run(run: Run, *, in_full: bool) -> dict[str, Any]:
    results = list(reports.file_results_of(run))
    names = report.metric_names(results)
    aggregates = report.ordered_aggregates(run)
    failures = report.failures(results) if in_full else []
    return {
        "run": run,
        "outdated": is_outdated(run.version),
        "progress": reports.progress_of(run),
        "run_time_s": _run_time_s(run),
        "aggregates": [one for _, one in aggregates],
        "remark": remark(one for _, one in aggregates),
        "slices": report.slice_tables(run, [name for name, _ in aggregates]),
        "files": report.file_lines(results, names),
        "metric_names": names,
        "failures": failures[: report.FAILURES_SHOWN],
        "failures_left_off": len(failures[report.FAILURES_SHOWN :]),
        "receipt": run.receipt,
    }


def _run_time_s(run: Run) -> float | None:
    """Seconds since the run started, or that it took; None before."""
    if run.started_at is None:
        return None
    return ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
