"""Faults of a request's fields as one error: all of them at once, each with its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from valhub.errors import FieldFault, InvalidFields, ValhubError

_IN_BODY = ("body", "form", "file")
# Where the words of pydantic say nothing to people, by its name of the fault.
_SENTENCES = {
    "missing": "This is missing. Send it.",
    "extra_forbidden": "There is no such field. Leave it out.",
}


def error_of_validation(errors: Sequence[Mapping[str, Any]]) -> ValhubError:
    """Make one error of what pydantic found wrong with a request."""
    return InvalidFields(tuple(_faults(errors)))


def _faults(errors: Sequence[Mapping[str, Any]]) -> Iterator[FieldFault]:
    for one in errors:
        source, *path = one["loc"]
        detail = _SENTENCES.get(one["type"]) or f"{one['msg']}."
        if source in _IN_BODY:
            # Its first part is the parameter of the function that takes the body.
            places = path[1:] if source == "body" else path
            pointer = "#" + "".join(f"/{_escaped(part)}" for part in places)
            yield FieldFault(_name(places) or "body", detail, pointer)
        else:
            yield FieldFault(_name(path), detail)


def _name(path: Sequence[object]) -> str:
    return ".".join(str(part) for part in path)


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
