"""How large a request's body may be, asked before any of it is read.

Servers pass on bodies of any size, and Django stores every file in one before a view sees it.
"""

from django.http import HttpRequest

from valhub.errors import Malformed, TooLarge

# A form's own fields, beside the file that it carries.
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
        When what it announces is not a number of bytes.
    TooLarge
        When it is larger than its files may be, plus the form's own fields.
    """
    length = _announced_bytes(request)
    if length > max_file_bytes + FORM_BYTES:
        raise TooLarge(
            f"A request may have at most {max_file_bytes + FORM_BYTES} bytes here; this one has "
            f"{length}. Send a smaller file."
        )
    return length


def _announced_bytes(request: HttpRequest) -> int:
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    if not length.isdecimal() or len(length) > _LENGTH_DIGITS:
        raise Malformed("Content-Length is not a number of bytes. Send the length of the body.")
    return int(length)
