"""Which error an exception is answered as: the hub's own, Django's and the system's.

API and pages both ask here, and show it each in their own way. What is not listed is a fault of
the hub; it stays an exception, is logged, and answers 500.
"""

import errno

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import OperationalError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from valhub.errors import (
    Forbidden,
    Malformed,
    NotFound,
    StorageFull,
    TooLarge,
    Unavailable,
    ValhubError,
)
from valhub.http.statuses import find_status

_FULL = (errno.ENOSPC, errno.EDQUOT)
_BROKEN_UPLOAD = "The request's body is broken or incomplete, so nothing was stored. Send it again."


def error_of(error: Exception) -> ValhubError | None:
    """Find the error that an exception is answered as; None when it is a fault of the hub."""
    match error:
        case ValhubError():
            return error if find_status(type(error)) else None
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
        case RequestDataTooBig():
            return TooLarge()
        case MultiPartParserError() | UnreadablePostError():
            return Malformed(_BROKEN_UPLOAD, code="broken-upload")
        case SuspiciousOperation() | BadRequest():
            return Malformed()
        case OperationalError():
            return Unavailable()
        case OSError(errno=number) if number in _FULL:
            return StorageFull()
    return None
