"""Stored archives, for those who may read them: what the addresses in documented shapes lead to.

An analysis' package, with its truth, is its creator's; an algorithm is its author's; staff may read
both. For everybody else there is no such file. A file in a bucket is sent by the bucket itself,
through a link that expires soon.
"""

import re
import uuid

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from valhub.analyses.errors import NoSuchFile
from valhub.analyses.selectors.listing import archives_readable_by
from valhub.analyses.services.version_rows import FOLDER
from valhub.api.archives import archive_answer
from valhub.api.callers import signed_in_caller
from valhub.api.routing import api_route
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
        raise NoSuchFile
    return archive_answer(request, version.archive, version.archive_sha256)


@api_route("GET")
def submission_file(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponseBase:
    """Send an algorithm as it was uploaded."""
    submission = own_submission(submission_id, account=signed_in_caller(request))
    return archive_answer(request, submission.algorithm, submission.archive_sha256)
