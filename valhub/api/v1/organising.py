"""What organisers upload and write: new analyses, new versions, texts and limits.

Who may, and how much, is asked before the body is read. Then all of its fields are read, and
everything that is wrong with them is said at once; then the package, with all of its faults.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Schema, Status

from valhub.accounts.models import Account
from valhub.accounts.services.idempotency import Claim
from valhub.analyses.errors import NoSuchVersion, NotAnOrganiser
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.analyses.selectors.listing import find_analysis, find_version
from valhub.analyses.selectors.managing import find_managed_analysis, find_publishable_analysis
from valhub.analyses.selectors.permissions import may_publish
from valhub.analyses.services.analysis_fields import AnalysisFields
from valhub.analyses.services.editing import edit_analysis
from valhub.analyses.services.staff_acts import change_as, record_as
from valhub.analyses.services.upload_limits import look_at_upload_limits
from valhub.analyses.services.uploads import add_version, store_analysis
from valhub.api.input_faults import InputFaults
from valhub.api.inputs import Inputs
from valhub.api.reading import body_inputs
from valhub.api.v1.analyses import (
    AnalysisOut,
    VersionOut,
    analysis_out,
    routes,
    version_out,
)
from valhub.api.v1.callers import Anybody, Organiser, account_of, viewer_of
from valhub.api.v1.once import Upload
from valhub.http.body_sizes import FORM_BYTES, check_body_size
from valhub.jobs.services.preparations import request_preparation

PACKAGE = "package"
# What v1 calls the fields of an analysis that services call otherwise.
_NAMES = {"analysis_name": "name", "max_concurrent_submission_evaluation": "at_once"}
_FIELDS = {called: name for name, called in _NAMES.items()}
_TEXTS = ("short_description", "description", "ruleset", "dataset_description")
_OF_SCRIPTS = ("annotation_file_name", "primary_metric")
_FORM = ("name", *_TEXTS, *_OF_SCRIPTS, "at_once", "lower_is_better", "draft")


class AnalysisIn(Schema, extra="forbid"):
    """What changes; what is left out stays."""

    name: str | None = None
    short_description: str | None = None
    description: str | None = None
    ruleset: str | None = None
    dataset_description: str | None = None
    at_once: int | None = Field(None, description="Submissions that are evaluated at once.")


def _form(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    """Describe a multipart body with a package."""
    package = {"type": "string", "format": "binary", "description": "The package, as a .zip."}
    schema = {
        "type": "object",
        "required": [PACKAGE, *required],
        "properties": {PACKAGE: package, **properties},
    }
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


_TEXT = {"type": "string"}
_UPLOAD = _form(
    ["name"],
    name=_TEXT,
    **dict.fromkeys((*_TEXTS, *_OF_SCRIPTS), _TEXT),
    at_once={"type": "integer"},
    lower_is_better={"type": "boolean"},
    draft={"type": "boolean", "description": "Whether it is published later."},
)


@routes.post("/analyses", response={201: AnalysisOut}, auth=Organiser, openapi_extra=_UPLOAD)
def create_analysis(request: HttpRequest) -> Status[Any]:
    """Upload a package as a new analysis, published at once or as a draft."""
    by = account_of(request)
    if not may_publish(by):
        raise NotAnOrganiser
    upload = Upload(request)
    inputs = _inputs(request, by, owner=by, again=upload.is_known)
    faults = InputFaults()
    faults.read(partial(inputs.only, *_FORM, files=(PACKAGE,)), None)
    fields = _fields(inputs, faults)
    package = faults.read(partial(inputs.file, PACKAGE), None)
    draft = faults.read(partial(inputs.flag, "draft"), False)  # noqa: FBT003
    faults.read(fields.check, None)
    faults.raise_all(_NAMES)

    def run(claim: Claim | None) -> Status[Any]:
        assert package is not None  # noqa: S101 - or that was a fault
        version = store_analysis(
            creator=by, fields=fields, upload=package, draft=draft, field=PACKAGE, claim=claim
        )
        request_preparation(version)
        return made(str(version.pk))

    def made(key: str) -> Status[Any]:
        analysis_id = _made(key).analysis_id
        return Status(201, analysis_out(find_analysis(analysis_id, visible_to=by), by))

    result: Status[Any] = upload.do(inputs, run, made)
    return result


@routes.post(
    "/analyses/{int:analysis_id}/versions",
    response={201: VersionOut},
    auth=Organiser,
    openapi_extra=_form([]),
)
def create_version(request: HttpRequest, analysis_id: int) -> Status[Any]:
    """Upload a new package for an analysis; it accepts submissions from now on."""
    by = account_of(request)
    analysis = find_publishable_analysis(analysis_id, published_by=by)
    upload = Upload(request)
    inputs = _inputs(request, by, owner=analysis.creator, again=upload.is_known)
    faults = InputFaults()
    faults.read(partial(inputs.only, files=(PACKAGE,)), None)
    package = faults.read(partial(inputs.file, PACKAGE), None)
    faults.raise_all()

    def run(claim: Claim | None) -> Status[Any]:
        assert package is not None  # noqa: S101 - or that was a fault
        version = add_version(analysis=analysis, upload=package, by=by, field=PACKAGE, claim=claim)
        request_preparation(version)
        record_as(by, analysis, "add version")
        return made(str(version.pk))

    def made(key: str) -> Status[Any]:
        found = find_analysis(analysis_id, visible_to=by)
        return Status(201, version_out(found, _made(key), by))

    result: Status[Any] = upload.do(inputs, run, made)
    return result


@routes.get("/analyses/{int:analysis_id}/versions/{int:number}", response=VersionOut, auth=Anybody)
def show_version(request: HttpRequest, analysis_id: int, number: int) -> VersionOut:
    """Show one version of an analysis."""
    viewer = viewer_of(request)
    analysis = find_analysis(analysis_id, visible_to=viewer)
    version: AnalysisVersion = find_version(analysis, number)
    return version_out(analysis, version, viewer)


@routes.patch("/analyses/{int:analysis_id}", response=AnalysisOut, auth=Organiser)
def change_analysis(request: HttpRequest, analysis_id: int, data: AnalysisIn) -> AnalysisOut:
    """Change what is written about an analysis, and its limits: all of it, or nothing."""
    by = account_of(request)
    analysis = find_managed_analysis(analysis_id, managed_by=by)
    given = data.model_dump(exclude_none=True)
    changes = {_FIELDS.get(name, name): value for name, value in given.items()}

    def edit(found: Analysis) -> None:
        edit_analysis(found, changes)

    faults = InputFaults()
    faults.read(partial(change_as, by, analysis, edit), None)
    faults.raise_all(_NAMES)
    return analysis_out(find_analysis(analysis_id, visible_to=by), by)


def _inputs(request: HttpRequest, by: Account, *, owner: Account, again: bool) -> Inputs:
    """Read the fields of an upload, after all limits that can be asked about before.

    One that was answered already gets its answer again, whatever the limits say now.
    """
    most = settings.MAX_PACKAGE_BYTES
    announced = check_body_size(request, max_file_bytes=most)
    least = max(0, announced - FORM_BYTES)
    if not again:
        look_at_upload_limits(by, owner=owner, least_bytes=least, field=PACKAGE)
    return body_inputs(request, max_file_bytes=most)


def _made(key: str) -> AnalysisVersion:
    """Find the version that an upload made; raises `NoSuchVersion`."""
    version = AnalysisVersion.objects.filter(pk=int(key)).first()
    if version is None:
        raise NoSuchVersion
    return version


def _fields(inputs: Inputs, faults: InputFaults) -> AnalysisFields:
    usual = AnalysisFields("")
    texts = {
        name: faults.read(partial(inputs.optional_text, name), None) or getattr(usual, name)
        for name in (*_TEXTS, *_OF_SCRIPTS)
    }
    at_once = faults.read(partial(inputs.optional_integer, "at_once"), None)
    usual_at_once = usual.max_concurrent_submission_evaluation
    return AnalysisFields(
        analysis_name=faults.read(partial(inputs.text, "name"), ""),
        max_concurrent_submission_evaluation=usual_at_once if at_once is None else at_once,
        lower_is_better=faults.read(partial(inputs.flag, "lower_is_better"), False),  # noqa: FBT003
        **texts,
    )
