"""How large a request's body may be, asked before any of it is read.

Servers hand on bodies of any size, and Django stores every file in one before a view sees it.
"""

from django.http import HttpRequest

from valhub.errors import Malformed, TooLarge

# A form's own lines and its texts, beside the file that it carries.
FORM_BYTES = 4 * 1024**2
_LENGTH_DIGITS = 100


def check_body_size(request: HttpRequest, *, max_file_bytes: int) -> int:
    """Return how many bytes a body was announced to have.

    Parameters
    ----------
    request : HttpRequest
        Nothing of its body has been read yet.
    max_file_bytes : int
        The most that the files in it may hold.

    Raises
    ------
    Malformed
        When what it announces is no number of bytes.
    TooLarge
        When it is larger than the files it may hold, and a form's own lines.
    """
    length = _announced_bytes(request)
    if length > max_file_bytes + FORM_BYTES:
        raise TooLarge(f"The request has {length} bytes; {max_file_bytes + FORM_BYTES} are taken.")
    return length


def _announced_bytes(request: HttpRequest) -> int:
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    if not length.isdecimal() or len(length) > _LENGTH_DIGITS:
        raise Malformed("Content-Length is no number of bytes. Send how many the body has.")
    return int(length)
