"""The documented routes of analyses: upload, list, detail."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from valhub.analyses.errors import NotAnOrganiser
from valhub.analyses.models import Analysis
from valhub.analyses.selectors.listing import find_analysis, published_analyses
from valhub.analyses.selectors.permissions import may_publish
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.uploads import store_analysis
from valhub.analyses.services.version_rows import FIELD
from valhub.api.callers import caller, signed_in_caller
from valhub.api.input_faults import InputFaults
from valhub.api.inputs import Inputs
from valhub.api.reading import body_inputs
from valhub.api.routing import api_route
from valhub.api.v0.shapes import json_string, row_document
from valhub.api.v0.submissions import named_account
from valhub.errors import MissingField
from valhub.jobs.services.preparations import request_preparation


def analysis_document(analysis: Analysis, request: HttpRequest) -> dict[str, object]:
    """Write one analysis as the document has it.

    The archive's address is everybody's to see; who may read it is decided there.
    """
    version = analysis.current_version
    assert version is not None  # noqa: S101 - the selectors give no other
    archive = reverse("evaluation-script", args=[version.archive.rpartition("/")[2]])
    fields = {
        "analysis_name": analysis.analysis_name,
        "description": analysis.description,
        "short_description": analysis.short_description,
        "ruleset": analysis.ruleset,
        "dataset_description": analysis.dataset_description,
        "creator": str(analysis.creator_id),
        "evaluation_script": request.build_absolute_uri(archive),
        "annotation_file_name": analysis.annotation_file_name,
        "max_concurrent_submission_evaluation": analysis.max_concurrent_submission_evaluation,
        "primary_metric": analysis.primary_metric,
        "lower_is_better": analysis.lower_is_better,
        "state": analysis.state,
        "version": version.number,
        "created_at": analysis.created_at,
    }
    return row_document("analyses.analysis", analysis.pk, fields)


@api_route("POST")
def upload(request: HttpRequest) -> HttpResponse:
    """Publish a package as a new analysis, or with `draft` keep it for later."""
    by = signed_in_caller(request)
    # Asked before the body is read: it may be very large.
    if not may_publish(by):
        raise NotAnOrganiser
    inputs = body_inputs(request, max_file_bytes=settings.MAX_PACKAGE_BYTES)
    faults = InputFaults()
    named = faults.read(partial(inputs.identifier, "user_id"), None)
    creator = named_account(named, by) if named else by
    fields = _fields(inputs, faults)
    upload = faults.read(partial(inputs.file, FIELD), None)
    draft = faults.read(partial(inputs.flag, "draft"), False)  # noqa: FBT003
    faults.raise_first()
    assert upload is not None  # noqa: S101 - or that was a fault
    version = store_analysis(creator=creator, fields=fields, upload=upload, by=by, draft=draft)
    request_preparation(version)
    analysis = find_analysis(version.analysis_id, visible_to=by)
    return json_string([analysis_document(analysis, request)])


def _fields(inputs: Inputs, faults: InputFaults) -> AnalysisFields:
    """Read what is written about an analysis; the document does not name the last four."""
    usual = AnalysisFields("")

    def text(name: str) -> str:
        return faults.read(partial(_text, inputs, name), "")

    def optional_text(name: str) -> str | None:
        return faults.read(partial(inputs.optional_text, name), None)

    name = faults.read(partial(inputs.text, "analysis_name"), "")
    texts = {
        "description": text("description"),
        "short_description": text("short_description"),
        "ruleset": text("ruleset"),
        "dataset_description": text("dataset_description"),
    }
    annotation = optional_text("annotation_file_name") or usual.annotation_file_name
    at_once = faults.read(
        partial(inputs.optional_integer, "max_concurrent_submission_evaluation"), None
    )
    usual_at_once = usual.max_concurrent_submission_evaluation
    return AnalysisFields(
        analysis_name=name,
        annotation_file_name=annotation,
        max_concurrent_submission_evaluation=usual_at_once if at_once is None else at_once,
        primary_metric=optional_text("primary_metric") or "",
        lower_is_better=faults.read(partial(inputs.flag, "lower_is_better"), False),  # noqa: FBT003
        **texts,
    )


def _text(inputs: Inputs, name: str) -> str:
    """Read a text that has to be sent, but may be empty."""
    text = inputs.optional_text(name)
    if text is None:
        sentence = f"{name} is missing. Send it as a text, which may be empty."
        raise MissingField(sentence, field=name)
    return text


@api_route("GET")
def home(request: HttpRequest) -> HttpResponse:
    """List the published analyses, newest first."""
    rows = published_analyses().select_related("current_version")
    return json_string(analysis_document(row, request) for row in rows)


@api_route("GET")
def detail(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """One analysis."""
    analysis = find_analysis(analysis_id, visible_to=caller(request))
    return json_string([analysis_document(analysis, request)])
