"""The root of every refusal the hub tells a person or a program, one class for each kind.

Each reason has a class of its own below one of these, next to the code that raises it. Its
docstring is the sentence the user reads when no better detail is given, `code` the stable name that
machines match on, and `status` the HTTP status. Nothing here knows how a refusal is shown.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with one field of an input, and what to do about it."""

    field: str
    detail: str


class Problem(Exception):
    """The request cannot be answered.

    Parameters
    ----------
    detail : str, optional
        The sentence the user reads; by default the class's own.
    field : str, optional
        The input that is wrong, as the caller knows it.
    """

    status = 400
    code = "problem"
    # When it may be worth trying again, in seconds.
    retry_after_s: int | None = None
    # Everything wrong with an input, where more than one thing is told at once.
    faults: tuple["DataclassInstance", ...] = ()

    def __init__(self, detail: str | None = None, *, field: str | None = None) -> None:
        self.detail = detail or " ".join((self.__doc__ or self.code).split())
        self.field = field
        super().__init__(self.detail)


class Malformed(Problem):
    """The request cannot be read. Compare it with the documentation of this route."""

    code = "malformed"


class NotSignedIn(Problem):
    """Nobody is signed in. Sign in at /login first, or send HTTP Basic credentials."""

    status = 401
    code = "not-signed-in"


class Forbidden(Problem):
    """Only its owner or the staff may do that."""

    status = 403
    code = "forbidden"


class NotFound(Problem):
    """There is no such thing, or you may not see it."""

    status = 404
    code = "not-found"


class Conflict(Problem):
    """It clashes with what is there already."""

    status = 409
    code = "conflict"


class TooLarge(Problem):
    """The request is larger than this hub takes."""

    status = 413
    code = "too-large"


class UnsupportedType(Problem):
    """Content of that kind is not taken here."""

    status = 415
    code = "unsupported-type"


class Invalid(Problem):
    """The request can be read, but a value in it cannot be used."""

    status = 422
    code = "invalid"


class InvalidFields(Invalid):
    """Some fields cannot be used as they are."""

    code = "invalid-fields"

    def __init__(self, faults: tuple[FieldFault, ...]) -> None:
        sentences = " ".join(f"{fault.field}: {fault.detail}" for fault in faults)
        fields = {fault.field for fault in faults}
        super().__init__(sentences, field=faults[0].field if len(fields) == 1 else None)
        self.faults = faults


class TooMany(Problem):
    """There were too many requests of this kind. Wait a while, then try again."""

    status = 429
    code = "too-many"
    retry_after_s = 60


class Unavailable(Problem):
    """The hub cannot do it just now. Nothing was changed; try again in a minute."""

    status = 503
    code = "unavailable"
    retry_after_s = 60


class StorageFull(Problem):
    """The hub's disk is full, so nothing was stored. Tell the staff, then try again."""

    status = 507
    code = "storage-full"
