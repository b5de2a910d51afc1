"""What participants download of an analysis: its public files, their truth, all of them at once.

Files are sent from the storage: whole, in part, or not at all to those who have them already.
"""

from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Field, Query, Schema

from valhub.analyses.models import AnalysisVersion
from valhub.analyses.public_files import PublicFile, StoredCopy
from valhub.analyses.selectors.listing import find_analysis
from valhub.analyses.selectors.public_files import (
    find_public_file,
    find_starter,
    public_files_of,
)
from valhub.api.archives import copy_answer
from valhub.api.v1.callers import Anybody, viewer_of
from valhub.api.v1.contracts import VersionQuery, asked_version
from valhub.api.v1.lists import ListOf, PageQuery, invalid_cursor
from valhub.api.v1.routes import Routes

routes = Routes(tags=["analyses"])
_LIST = "public files"
_PATH = "/analyses/{int:analysis_id}"


class CopyOut(Schema):
    """A file that can be downloaded."""

    name: str = Field(description="Its name when it is downloaded.")
    bytes: int
    sha256: str


class PublicFileOut(Schema):
    """A public file: its data and its truth."""

    name: str
    metadata: dict[str, Any] = Field(description="Values that algorithms learn about it.")
    data: CopyOut
    truth: CopyOut


class FilesQuery(VersionQuery, PageQuery):
    """Which page of the public files of which version."""


@routes.get(f"{_PATH}/files", response=ListOf[PublicFileOut], auth=Anybody)
def list_public_files(
    request: HttpRequest, analysis_id: int, asked: Query[FilesQuery]
) -> ListOf[PublicFileOut]:
    """List the public files of an analysis, in the package's order."""
    version = _version(request, analysis_id, asked)
    files = public_files_of(version)
    start = _start(asked.cursor, version)
    end = start + asked.limit
    return ListOf[PublicFileOut](
        items=[_file(one) for one in files[start:end]],
        next=signing.dumps([version.pk, end], salt=_LIST) if end < len(files) else None,
        total=len(files),
    )


@routes.get(f"{_PATH}/files/{{str:file_name}}", response={200: bytes}, auth=Anybody)
def public_data(
    request: HttpRequest, analysis_id: int, file_name: str, asked: Query[VersionQuery]
) -> HttpResponseBase:
    """Send the data of a public file."""
    version = _version(request, analysis_id, asked)
    return copy_answer(request, find_public_file(version, file_name).data)


@routes.get(f"{_PATH}/files/{{str:file_name}}/truth", response={200: bytes}, auth=Anybody)
def public_truth(
    request: HttpRequest, analysis_id: int, file_name: str, asked: Query[VersionQuery]
) -> HttpResponseBase:
    """Send the truth of a public file."""
    version = _version(request, analysis_id, asked)
    return copy_answer(request, find_public_file(version, file_name).truth)


@routes.get(f"{_PATH}/starter.zip", response={200: bytes}, auth=Anybody)
def starter(request: HttpRequest, analysis_id: int, asked: Query[VersionQuery]) -> HttpResponseBase:
    """Send all public files as a package, on which an algorithm can be tried."""
    return copy_answer(request, find_starter(_version(request, analysis_id, asked)))


def _version(request: HttpRequest, analysis_id: int, asked: VersionQuery) -> AnalysisVersion:
    analysis = find_analysis(analysis_id, visible_to=viewer_of(request))
    return asked_version(analysis, asked.version)


def _start(cursor: str | None, version: AnalysisVersion) -> int:
    """Read where a page begins; a version never changes, so its files have places."""
    if cursor is None:
        return 0
    try:
        key, start = signing.loads(cursor, salt=_LIST)
    except signing.BadSignature:
        raise invalid_cursor() from None
    if key != version.pk:
        raise invalid_cursor()
    return int(start)


def _file(file: PublicFile) -> PublicFileOut:
    return PublicFileOut(
        name=file.name,
        metadata=dict(file.metadata),
        data=_copy(file.data),
        truth=_copy(file.truth),
    )


def _copy(copy: StoredCopy) -> CopyOut:
    return CopyOut(name=copy.name, bytes=copy.size, sha256=copy.sha256)
