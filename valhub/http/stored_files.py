"""Sending a stored file: whole, in part, or not at all to somebody who has it already.

A file in a bucket is sent by the bucket itself, through a link that expires soon. Whoever calls
this has decided that the reader may have the file.
"""

import re
from typing import IO, Any

from django.core.files import File
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from valhub.cloud.storage import content_type_of, link_to_file, open_file

# One range; asked for several, a server may send the whole.
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


def send_stored_file(request: HttpRequest, key: str, *, name: str, sha256: str) -> HttpResponseBase:
    """Answer with a stored file, or with what its reader lacks of it.

    Parameters
    ----------
    name : str
        What it is called on the reader's machine.
    sha256 : str
        Its hash, which is its ETag.

    Raises
    ------
    FileNotFoundError, StorageError
        When the file cannot be read.
    """
    etag = f'"{sha256}"'
    known = HttpResponse(headers={"ETag": etag})
    answer = get_conditional_response(request, etag=etag, response=known)
    if answer is not known:
        assert answer is not None  # noqa: S101 - it is given one
        return answer
    link = link_to_file(key, name=name)
    sent = _sent(request, key, name, etag) if link is None else HttpResponseRedirect(link)
    sent.headers["ETag"] = etag
    return sent


def _sent(request: HttpRequest, key: str, name: str, etag: str) -> HttpResponseBase:
    file = open_file(key)
    size = file.size
    asked = _asked(request, etag, size)
    if asked is not None and not asked:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = range(size) if asked is None else asked
    # Nothing is read for headers alone, also where a route answers HEAD as it answers GET.
    is_head = request.META["REQUEST_METHOD"] == "HEAD"
    response = FileResponse(
        _Slice(file, range(0) if is_head else part),
        as_attachment=True,
        filename=name,
        content_type=content_type_of(name),
        status=200 if asked is None else 206,
    )
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(len(part))
    if asked is not None:
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def _asked(request: HttpRequest, etag: str, size: int) -> range | None:
    """Read which bytes are asked for: None for all of them, no byte when there are none such."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    is_get = request.META["REQUEST_METHOD"] == "GET"
    is_same = request.headers.get("If-Range", etag) == etag
    if not is_get or not is_same or found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        # No range at all, so it is as if none had been asked for.
        return None
    return range(int(first), end)


class _Slice:
    """Some bytes of a file, read as a file is; not more of them than are asked for at once."""

    def __init__(self, file: "File[Any] | IO[bytes]", part: range) -> None:
        self._file, self._left = file, len(part)
        file.seek(part.start)

    def read(self, size: int) -> bytes:
        data: bytes = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
