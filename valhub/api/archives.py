"""Stored archives as answers: whole, in part, or through a link to the bucket that has them."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from valhub.analyses.errors import NoSuchFile
from valhub.http.stored_files import send_stored_file


def archive_answer(request: HttpRequest, key: str, sha256: str) -> HttpResponseBase:
    """Send a stored archive under its own name; raises `NoSuchFile`."""
    try:
        return send_stored_file(request, key, name=key.rpartition("/")[2], sha256=sha256)
    except FileNotFoundError as error:
        raise NoSuchFile from error
