"""Which refusal an exception is: the hub's own, the engine's faults, Django's and the system's.

Both doors ask here, and show it each in their own way. What is not listed is a fault of ours; it
stays an exception, is logged, and answers 500.
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

from valhub.accounts.problems import (
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    Problem,
    StorageFull,
    TooLarge,
    Unavailable,
)
from valhub.cloud.troubles import FileAltered, FileMissing, StorageTrouble
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.packages.faults import InvalidPackage

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Unusable(Invalid):
    """An upload that the engine cannot use, with every fault it found."""

    def __init__(self, error: EvaluationError) -> None:
        super().__init__(str(error))
        self.code = error.code
        if isinstance(error, InvalidPackage):
            self.faults = error.faults


class StorageUnavailable(Unavailable):
    """The storage of files, or one file of it, is not to be had, for the reason it gives."""

    def __init__(self, trouble: StorageTrouble | FileMissing | FileAltered) -> None:
        super().__init__(str(trouble))
        self.code = trouble.code


class BrokenUpload(Malformed):
    """The request's body is broken or broke off half-way, so nothing was stored. Send it again."""

    code = "broken-upload"


def problem_of(error: Exception) -> Problem | None:
    """Find the refusal that an exception stands for; None when it is a fault of the hub."""
    match error:
        case Problem():
            return error
        case EvaluationError():
            return Unusable(error)
        case Http404():
            return NotFound()
        case PermissionDenied():
            return Forbidden()
        case RequestDataTooBig():
            return TooLarge()
        case MultiPartParserError() | UnreadablePostError():
            return BrokenUpload()
        case SuspiciousOperation() | BadRequest():
            return Malformed()
        case OperationalError():
            return Unavailable()
        case StorageTrouble() | FileMissing() | FileAltered():
            return StorageUnavailable(error)
        case OSError(errno=number) if number in _FULL:
            return StorageFull()
    return None
