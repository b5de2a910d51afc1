"""What participants can download of an analysis: its public files, and an archive of them all."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from valhub.analyses.errors import NoSuchFile
from valhub.analyses.models import AnalysisVersion
from valhub.analyses.public_files import StoredCopy
from valhub.analyses.selectors.listing import find_analysis, is_outdated
from valhub.analyses.selectors.public_files import (
    find_public_file,
    find_starter,
    public_files_of,
)
from valhub.http.stored_files import send_stored_file
from valhub.web.page import page
from valhub.web.views.analyses import asked_version

FILES_SHOWN = 100


@page
@require_safe
def public_files(request: HttpRequest, analysis_id: int) -> HttpResponse:
    """List the public files of a version, each with its links and metadata."""
    version = _version(request, analysis_id)
    files = Paginator(public_files_of(version), FILES_SHOWN).get_page(request.GET.get("page"))
    columns = list(dict.fromkeys(name for file in files for name in file.metadata))
    context = {
        "analysis": version.analysis,
        "version": version,
        "files": files,
        "columns": columns,
        "rows": [(file, [file.metadata.get(name) for name in columns]) for file in files],
        "query": f"?version={version.number}" if is_outdated(version) else "",
        "starter": find_starter(version) if files.paginator.count else None,
    }
    return render(request, "web/public_files.html", context)


@page
@require_safe
def starter(request: HttpRequest, analysis_id: int) -> HttpResponseBase:
    """Send the archive of all public files."""
    return _sent(request, find_starter(_version(request, analysis_id)))


@page
@require_safe
def public_file(request: HttpRequest, analysis_id: int, file_name: str) -> HttpResponseBase:
    """Send the data of one public file."""
    return _sent(request, find_public_file(_version(request, analysis_id), file_name).data)


@page
@require_safe
def public_truth(request: HttpRequest, analysis_id: int, file_name: str) -> HttpResponseBase:
    """Send the truth of one public file."""
    return _sent(request, find_public_file(_version(request, analysis_id), file_name).truth)


def _version(request: HttpRequest, analysis_id: int) -> AnalysisVersion:
    analysis = find_analysis(analysis_id, visible_to=request.user)
    version = asked_version(analysis, request.GET.get("version"))
    if version is None:
        raise NoSuchFile
    return version


def _sent(request: HttpRequest, copy: StoredCopy) -> HttpResponseBase:
    try:
        return send_stored_file(request, copy.key, name=copy.name, sha256=copy.sha256)
    except FileNotFoundError as error:
        raise NoSuchFile from error
