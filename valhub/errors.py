"""The root of every error that people and programs read, and the kinds that callers tell apart.

An error's docstring begins with the sentence its reader gets when no better one is given, and
`code` is the stable name that machines match on. A class exists when somebody catches it, or when
more than one place raises it; any other reason is raised as its kind, with a sentence and a code of
its own:

    raise Conflict("Version 2 already has exactly this content.", code="version-exists")

Engine, client, cloud and hub derive from here. Nothing here knows how an error is shown: HTTP
statuses are given in `valhub.http.statuses`, exit codes in `valhub.client.cli`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with one field of an input, and what to do about it.

    `pointer` is its place in a JSON body (`#/name`), where there is one.
    """

    field: str
    detail: str
    pointer: str = ""


class ValhubError(Exception):
    """The hub cannot do this.

    Parameters
    ----------
    detail : str, optional
        The sentence the reader gets; by default the one that begins the class's docstring.
    code : str, optional
        The stable name of the reason; by default the class's.
    field : str, optional
        The input that is wrong, as the caller knows it.
    retry_after_s : int, optional
        After how many seconds another try is worthwhile; by default the class's.
    """

    code = "error"
    retry_after_s: int | None = None
    # Everything wrong with an input, where more than one thing is reported at once.
    faults: tuple["DataclassInstance", ...] = ()

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        field: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        self.detail = detail or self.sentence()
        self.code = code or self.code
        self.field = field
        if retry_after_s is not None:
            self.retry_after_s = retry_after_s
        super().__init__(self.detail)

    @classmethod
    def sentence(cls) -> str:
        """Return what the class says when no better detail is given."""
        return " ".join((cls.__doc__ or cls.code).partition("\n\n")[0].split())


class Malformed(ValhubError):
    """The request cannot be read. Compare it with the documentation of this route."""

    code = "malformed"


class NotSignedIn(ValhubError):
    """You are not signed in. Sign in at /login first, or send HTTP Basic credentials."""

    code = "not-signed-in"


class Forbidden(ValhubError):
    """Only the owner and the staff are allowed to do this."""

    code = "forbidden"


class NotFound(ValhubError):
    """There is no such resource, or you are not allowed to see it."""

    code = "not-found"


class Conflict(ValhubError):
    """It conflicts with something that already exists."""

    code = "conflict"


class TooLarge(ValhubError):
    """The request is too large for this hub."""

    code = "too-large"


class UnsupportedType(ValhubError):
    """Content of this type is not supported."""

    code = "unsupported-type"


class Invalid(ValhubError):
    """A value in the request is invalid."""

    code = "invalid"


class MissingField(Invalid):
    """A required field is missing."""

    code = "missing"


class InvalidFields(Invalid):
    """Some fields are invalid."""

    code = "invalid-fields"

    def __init__(self, faults: tuple[FieldFault, ...]) -> None:
        sentences = " ".join(f"{fault.field}: {fault.detail}" for fault in faults)
        fields = {fault.field for fault in faults}
        super().__init__(sentences, field=faults[0].field if len(fields) == 1 else None)
        self.faults = faults


class TooMany(ValhubError):
    """There were too many requests of this kind. Wait a minute, then try again."""

    code = "too-many"
    retry_after_s = 60


class Unavailable(ValhubError):
    """The hub cannot do this right now. Nothing was changed; try again in a minute."""

    code = "unavailable"
    retry_after_s = 60


class StorageFull(ValhubError):
    """The hub's disk is full, so nothing was stored. Report this to the staff."""

    code = "storage-full"
