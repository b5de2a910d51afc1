"""Stored files as answers: whole, in part, or through a link to the bucket that has them."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from valhub.analyses.errors import NoSuchFile
from valhub.analyses.public_files import StoredCopy
from valhub.http.stored_files import send_stored_file


def archive_answer(request: HttpRequest, key: str, sha256: str) -> HttpResponseBase:
    """Send a stored archive under its own name; raises `NoSuchFile`."""
    return _answer(request, key, name=key.rpartition("/")[2], sha256=sha256)


def copy_answer(request: HttpRequest, copy: StoredCopy) -> HttpResponseBase:
    """Send a public file under the name that it has for people; raises `NoSuchFile`."""
    answer = _answer(request, copy.key, name=copy.name, sha256=copy.sha256)
    # Who has it asks whether it is still the same.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _answer(request: HttpRequest, key: str, *, name: str, sha256: str) -> HttpResponseBase:
    try:
        return send_stored_file(request, key, name=name, sha256=sha256)
    except FileNotFoundError as error:
        raise NoSuchFile from error
