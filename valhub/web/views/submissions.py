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
from valhub.jobs.disclosure.events import shown_events
from valhub.jobs.disclosure.readers import Reader, reader_of
from valhub.jobs.disclosure.shown_run import ShownRun, shown_return, shown_run
from valhub.jobs.disclosure.slices import SliceTable
from valhub.jobs.models import ENDED, Run, Status
from valhub.jobs.selectors import reports
from valhub.jobs.selectors.launches import lacks_instances
from valhub.jobs.selectors.submissions import find_submission
from valhub.jobs.selectors.waiting import waiting_words
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
    read = reports.last_events(found, EVENTS_SHOWN)
    events = shown_events(read, found, request.user)
    context = {
        "submission": found,
        "going_on": going_on,
        "refresh_s": REFRESH_S if refreshing else None,
        "events": report.event_lines(events),
        "events_left_off": found.events_count > len(read),
    }
    run = reports.latest_run(found)
    if run is not None:
        reader = reader_of(found, request.user)
        context |= _run(run, reader)
        waits = run.status == Status.SUBMITTED
        context["lacks_instances"] = waits and lacks_instances(found.analysis_id)
        context["waits_because"] = waiting_words(run)
        returned = shown_return(found, run, reader)
        if returned is not None:
            context["returned"] = report.as_text(returned)
    return render(request, "web/submission.html", context)


def _run(run: Run, reader: Reader) -> dict[str, Any]:
    shown = shown_run(run, reader)
    names = report.metric_names(shown.files)
    failures = report.failures(shown.files)
    return {
        "run": run,
        "outdated": is_outdated(run.version),
        "progress": shown.progress,
        "run_time_s": _run_time_s(run),
        "scores": shown.scores,
        "remark": remark(one.number for one in shown.scores if one.number),
        "best_of": shown.best_of,
        "tables": [_table(one, shown) for one in shown.tables],
        "files": report.file_lines(shown.files, names),
        "metric_names": names,
        "costs": shown.costs,
        "failed_evaluation": shown.failed_evaluation,
        "failures": failures[: report.FAILURES_SHOWN],
        "failures_left_off": len(failures[report.FAILURES_SHOWN :]),
        "receipt": run.receipt,
    }


def _table(table: SliceTable, shown: ShownRun) -> dict[str, Any]:
    columns = report.slice_columns(table, shown.scores)
    return {"table": table, "columns": columns, "lines": report.slice_lines(table, columns)}


def _run_time_s(run: Run) -> float | None:
    """Seconds since the run started, or that it took; None before."""
    if run.started_at is None:
        return None
    return ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
