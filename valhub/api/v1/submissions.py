"""Submissions: submitted, followed, cancelled, run again; their results pass the gate."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, Query, Schema, Status

from valhub.accounts.models import Account
from valhub.accounts.services.idempotency import Claim
from valhub.analyses.selectors.listing import find_analysis
from valhub.analyses.services.upload_limits import look_at_upload_limits
from valhub.api.archives import archive_answer
from valhub.api.input_faults import InputFaults
from valhub.api.reading import body_inputs
from valhub.api.v1.callers import Reader, Submitter, account_of
from valhub.api.v1.lists import ListOf, PageQuery, newest_first
from valhub.api.v1.once import Upload
from valhub.api.v1.quotas import QuotaOut, quota_of
from valhub.api.v1.routes import Routes
from valhub.http.body_sizes import FORM_BYTES, check_body_size
from valhub.jobs.disclosure.readers import reader_of
from valhub.jobs.disclosure.results import Document, submission_results
from valhub.jobs.disclosure.shown_run import shown_progress, shown_run
from valhub.jobs.models import Status as State
from valhub.jobs.models import Submission
from valhub.jobs.selectors.reports import latest_run
from valhub.jobs.selectors.submissions import (
    find_submission,
    own_submission,
    submissions_to,
    submissions_visible_to,
)
from valhub.jobs.selectors.waiting import waiting_words
from valhub.jobs.services.new_submissions import FIELD, checked_name, submit_algorithm
from valhub.jobs.services.open_analyses import check_open
from valhub.jobs.services.quotas import look_at_quotas
from valhub.jobs.services.submission_changes import (
    archive_submission,
    cancel_submission,
    rename_submission,
    rerun_submission,
    restore_submission,
)

routes = Routes(tags=["submissions"])


class SubmissionLine(Schema):
    """A submission in a list."""

    id: UUID
    analysis: int
    created_by: UUID
    display_name: str
    status: State
    reason: str
    submitted_at: datetime
    archived: bool
    duplicate_of: UUID | None
    result: dict[str, Any] | None = Field(description="As far as the caller may see it.")


class ProgressOut(Schema):
    """How far the run is, in files that the caller may know of."""

    done: int
    failed: int
    files: int


class SubmissionOut(SubmissionLine):
    """A submission."""

    run: int | None
    progress: ProgressOut | None
    started_at: datetime | None
    finished_at: datetime | None
    receipt: dict[str, Any]
    quota: QuotaOut = Field(description="Left for its author.")


class SubmissionsQuery(PageQuery):
    """Which submissions are listed."""

    analysis: Annotated[int | None, Field(ge=1, lt=10**18)] = None
    status: State | None = None
    archived: bool = False


class SubmissionsToQuery(PageQuery):
    """Which submissions to an analysis are listed."""

    status: State | None = None
    archived: bool | None = None


class SubmissionIn(Schema, extra="forbid"):
    """What changes; what is left out stays."""

    display_name: str | None = None
    archived: bool | None = None


class CostsOut(Schema):
    """What a call took; times are null where they were not measured."""

    run_time_s: float | None
    processor_s: float | None
    memory_bytes: float | None


class FileOut(Schema):
    """The result of a file, as far as the caller may see it."""

    name: str
    part: str
    on_leaderboard: bool
    verdict: str
    message: str
    scores: dict[str, float]
    coverage: float | None
    costs: CostsOut | None
    traceback: str
    log: str


class FilesOut(Schema):
    """The results of a submission's files."""

    run: int | None
    items: list[FileOut]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {
                        FIELD: {"type": "string", "format": "binary"},
                        "display_name": {"type": "string"},
                    },
                }
            }
        },
    }
}


@routes.post(
    "/analyses/{int:analysis_id}/submissions",
    response={201: SubmissionOut},
    auth=Submitter,
    openapi_extra=_BODY,
)
def submit(request: HttpRequest, analysis_id: int) -> Status[Any]:
    """Submit an algorithm as a .zip; every limit is checked before it is read."""
    account = account_of(request)
    analysis = find_analysis(analysis_id, visible_to=account)
    upload = Upload(request)
    most = settings.MAX_ALGORITHM_BYTES
    least = max(0, check_body_size(request, max_file_bytes=most) - FORM_BYTES)
    if not upload.is_known:
        check_open(analysis)
        look_at_quotas(analysis, account)
        look_at_upload_limits(account, owner=account, least_bytes=least, field=FIELD)
    inputs = body_inputs(request, max_file_bytes=most)
    faults = InputFaults()
    faults.read(partial(inputs.only, "display_name", files=(FIELD,)), None)
    archive = faults.read(partial(inputs.file, FIELD), None)
    name = faults.read(partial(inputs.optional_text, "display_name"), None) or ""
    faults.read(partial(checked_name, name), "")
    faults.raise_all()

    def run(claim: Claim | None) -> Status[Any]:
        assert archive is not None  # noqa: S101 - or that was a fault
        submission = submit_algorithm(
            analysis=analysis, account=account, upload=archive, display_name=name, claim=claim
        )
        return Status(201, _shown(submission, account))

    def made(key: str) -> Status[Any]:
        return Status(201, _shown(find_submission(UUID(key), visible_to=account), account))

    result: Status[Any] = upload.do(inputs, run, made)
    return result


@routes.get("/analyses/{int:analysis_id}/submissions", response=ListOf[SubmissionLine], auth=Reader)
def list_submissions_to(
    request: HttpRequest, analysis_id: int, asked: Query[SubmissionsToQuery]
) -> ListOf[SubmissionLine]:
    """List submissions to an analysis: all of them for its organiser, the own ones for others."""
    account = account_of(request)
    analysis = find_analysis(analysis_id, visible_to=account)
    rows = submissions_to(analysis, visible_to=account, state=asked.status or "")
    if asked.archived is not None:
        rows = rows.filter(archived=asked.archived)
    return _list(rows, asked, account)


@routes.get("/submissions", response=ListOf[SubmissionLine], auth=Reader)
def list_submissions(
    request: HttpRequest, asked: Query[SubmissionsQuery]
) -> ListOf[SubmissionLine]:
    """List the caller's own submissions, the newest first."""
    account = account_of(request)
    rows = submissions_visible_to(account).filter(created_by=account, archived=asked.archived)
    if asked.analysis is not None:
        rows = rows.filter(analysis=asked.analysis)
    if asked.status is not None:
        rows = rows.filter(status=asked.status)
    return _list(rows, asked, account)


@routes.get("/submissions/{uuid:submission_id}", response=SubmissionOut, auth=Reader)
def show_submission(request: HttpRequest, submission_id: UUID) -> SubmissionOut:
    """Show a submission."""
    account = account_of(request)
    return _shown(find_submission(submission_id, visible_to=account), account)


@routes.patch("/submissions/{uuid:submission_id}", response=SubmissionOut, auth=Submitter)
def change_submission(
    request: HttpRequest, submission_id: UUID, data: SubmissionIn
) -> SubmissionOut:
    """Rename a submission, archive it, or take it back from the archive."""
    account = account_of(request)
    submission = own_submission(submission_id, account=account)
    if data.display_name is not None:
        rename_submission(submission, data.display_name)
    if data.archived is not None:
        (archive_submission if data.archived else restore_submission)(submission)
    return _shown(find_submission(submission_id, visible_to=account), account)


@routes.post("/submissions/{uuid:submission_id}/cancel", response=SubmissionOut, auth=Submitter)
def cancel(request: HttpRequest, submission_id: UUID) -> SubmissionOut:
    """End a submission early."""
    account = account_of(request)
    cancel_submission(own_submission(submission_id, account=account))
    return _shown(find_submission(submission_id, visible_to=account), account)


@routes.post("/submissions/{uuid:submission_id}/rerun", response=SubmissionOut, auth=Submitter)
def rerun(request: HttpRequest, submission_id: UUID) -> SubmissionOut:
    """Evaluate a submission once more, on the analysis' current version."""
    account = account_of(request)
    rerun_submission(own_submission(submission_id, account=account))
    return _shown(find_submission(submission_id, visible_to=account), account)


@routes.get("/submissions/{uuid:submission_id}/files", response=FilesOut, auth=Reader)
def list_files(request: HttpRequest, submission_id: UUID) -> FilesOut:
    """List the results of a submission's files that the caller may see."""
    account = account_of(request)
    submission = find_submission(submission_id, visible_to=account)
    run = latest_run(submission)
    if run is None:
        return FilesOut(run=None, items=[])
    shown = shown_run(run, reader_of(submission, account))
    return FilesOut(run=run.number, items=[_file(one) for one in shown.files])


@routes.get("/submissions/{uuid:submission_id}/algorithm", auth=Reader, response={200: bytes})
def algorithm(request: HttpRequest, submission_id: UUID) -> HttpResponseBase:
    """Send the algorithm as it was uploaded, to its author."""
    found = own_submission(submission_id, account=account_of(request))
    return archive_answer(request, found.algorithm, found.archive_sha256)


def _list(rows: QuerySet[Submission], asked: PageQuery, account: Account) -> ListOf[SubmissionLine]:
    found = newest_first(rows.select_related("analysis"), by="submitted_at", asked=asked)
    results = submission_results(found.rows, account)
    lines = [SubmissionLine(**_line(one, results)) for one in found.rows]
    return ListOf[SubmissionLine](items=lines, next=found.next)


def _line(submission: Submission, results: Mapping[UUID, Document | None]) -> dict[str, Any]:
    return {
        "id": submission.pk,
        "analysis": submission.analysis_id,
        "created_by": submission.created_by_id,
        "display_name": submission.display_name,
        "status": submission.status,
        "reason": submission.reason,
        "submitted_at": submission.submitted_at,
        "archived": submission.archived,
        "duplicate_of": submission.duplicate_of_id,
        "result": results.get(submission.pk),
    }


def _shown(submission: Submission, account: Account) -> SubmissionOut:
    run = latest_run(submission)
    line = _line(submission, submission_results([submission], account))
    progress = None
    if run is not None:
        counted = shown_progress(run, reader_of(submission, account))
        progress = ProgressOut(done=counted.done, failed=counted.failed, files=counted.files)
        line["reason"] = line["reason"] or waiting_words(run)
    return SubmissionOut(
        **line,
        run=run.number if run else None,
        progress=progress,
        started_at=run.started_at if run else None,
        finished_at=run.finished_at if run else None,
        receipt=run.receipt if run else {},
        quota=quota_of(submission.analysis, submission.created_by),
    )


def _file(shown: Any) -> FileOut:
    costs = shown.costs
    return FileOut(
        name=shown.name,
        part=shown.part,
        on_leaderboard=shown.on_leaderboard,
        verdict=shown.verdict,
        message=shown.message,
        scores=dict(shown.values),
        coverage=shown.coverage,
        costs=costs
        and CostsOut(
            run_time_s=costs.run_time_s,
            processor_s=costs.processor_s,
            memory_bytes=costs.memory_bytes,
        ),
        traceback=shown.lines,
        log=shown.output,
    )
