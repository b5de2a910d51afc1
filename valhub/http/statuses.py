"""The HTTP status of every error: the one table that the API and the pages read.

A class has its own status or that of the nearest class above it. What has none is a fault of the
hub: it is logged, its words stay inside, and the answer is 500.
"""

from http import HTTPStatus

from valhub.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    StorageFull,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedType,
    ValhubError,
)
from valhub.evaluation.errors import EvaluationError


class MethodNotAllowed(ValhubError):
    """The method is not allowed here. The Allow header lists those that are."""

    code = "method-not-allowed"


class LengthRequired(ValhubError):
    """The body's length is missing. Send Content-Length, and do not send the body in chunks."""

    code = "length-required"


class InternalError(ValhubError):
    """The hub failed, and the error was logged. If it happens again, send staff the request_id."""

    code = "internal-error"


STATUSES: dict[type[BaseException], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    Conflict: HTTPStatus.CONFLICT,
    LengthRequired: HTTPStatus.LENGTH_REQUIRED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    # Everything that the engine finds wrong with an upload.
    EvaluationError: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
}


def find_status(kind: type[ValhubError]) -> HTTPStatus | None:
    """Find the status of a class of errors; None when it is never an answer."""
    return next((STATUSES[one] for one in kind.__mro__ if one in STATUSES), None)


def status_of(error: ValhubError) -> HTTPStatus:
    """Return the status that an error is answered with; 500 when it has none of its own."""
    return find_status(type(error)) or HTTPStatus.INTERNAL_SERVER_ERROR
