"""Stored archives as answers: a file in a bucket is sent by the bucket, through a link."""

from django.http import FileResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from valhub.cloud.storage import link_to_file, open_file
from valhub.errors import NotFound


def archive_answer(key: str) -> HttpResponseBase:
    """Send a stored archive; raises `NotFound`."""
    try:
        link = link_to_file(key)
        return _sent(key) if link is None else HttpResponseRedirect(link)
    except FileNotFoundError as error:
        raise no_such_file() from error


def _sent(key: str) -> FileResponse:
    return FileResponse(
        open_file(key),
        as_attachment=True,
        filename=key.rpartition("/")[2],
        content_type="application/zip",
    )


def no_such_file() -> NotFound:
    """Return the one answer for archives that do not exist and those that may not be read."""
    return NotFound("There is no such file, or it is not yours to read.", code="no-such-file")
