"""Stored archives, for those who may read them: what the addresses in documented shapes lead to.

An analysis' package, with its truth, is its creator's; an algorithm is its author's; staff may read
both. For everybody else there is no such file. A file in a bucket is sent by the bucket itself,
through a link that expires soon.
"""

import re
import uuid

from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from valhub.analyses.selectors.listing import archives_readable_by
from valhub.analyses.services.version_rows import FOLDER
from valhub.api.callers import signed_in_caller
from valhub.api.routing import api_route
from valhub.cloud.storage import link_to_file, open_file
from valhub.errors import NotFound
from valhub.jobs.selectors.submissions import own_submission

_NAME = re.compile(r"[\w.-]{1,200}", re.ASCII)


@api_route("GET")
def evaluation_script(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send an analysis' package as it was uploaded."""
    readable = archives_readable_by(signed_in_caller(request))
    # The database is never asked for characters that it cannot store.
    is_name = _NAME.fullmatch(name) is not None
    version = readable.filter(archive=f"{FOLDER}/{name}").first() if is_name else None
    if version is None:
        raise _no_such_file()
    return _archive(version.archive)


@api_route("GET")
def submission_file(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponseBase:
    """Send an algorithm as it was uploaded."""
    submission = own_submission(submission_id, account=signed_in_caller(request))
    return _archive(submission.algorithm)


def _archive(key: str) -> HttpResponseBase:
    try:
        link = link_to_file(key)
        return _sent(key) if link is None else HttpResponseRedirect(link)
    except FileNotFoundError as error:
        raise _no_such_file() from error


def _sent(key: str) -> FileResponse:
    return FileResponse(
        open_file(key),
        as_attachment=True,
        filename=key.rpartition("/")[2],
        content_type="application/zip",
    )


def _no_such_file() -> NotFound:
    return NotFound("There is no such file, or it is not yours to read.", code="no-such-file")
