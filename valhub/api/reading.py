"""Reads the fields of a request, from JSON, a form, a multipart form or the query."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from django.http import HttpRequest, QueryDict

from valhub.api.inputs import Inputs
from valhub.errors import Malformed, UnsupportedType
from valhub.http.body_sizes import check_body_size

Value = TypeVar("Value")


class BrokenJson(Malformed):
    """The body is not a JSON object in UTF-8. Check its syntax and its encoding."""

    code = "broken-json"


def query_inputs(request: HttpRequest) -> Inputs:
    """Read the fields of the address' query."""
    return Inputs(_once(request.GET.lists()))


def body_inputs(request: HttpRequest, *, max_file_bytes: int = 0) -> Inputs:
    """Read the fields of the body, by its content type.

    Parameters
    ----------
    request : HttpRequest
        Of any method.
    max_file_bytes : int
        The most that uploaded files may hold; more is refused before it is read.

    Raises
    ------
    Malformed
        When the body is broken, or a field is given twice.
    TooLarge
        When the body is larger than its files may be, plus the form's own fields.
    UnsupportedType
        When it is neither JSON nor a form.
    """
    length = check_body_size(request, max_file_bytes=max_file_bytes)
    match request.content_type:
        case "application/json":
            return Inputs(json_object(request.body))
        case "multipart/form-data":
            return _form(request)
        case "application/x-www-form-urlencoded":
            return Inputs(_once(QueryDict(request.body).lists()))
    if length == 0:
        return Inputs({})
    sentence = f"A body of type {(request.content_type or '(none)')[:40]} is not supported."
    raise UnsupportedType(f"{sentence} Send application/json or multipart/form-data.")


def _form(request: HttpRequest) -> Inputs:
    if request.method == "POST":
        return Inputs(_once(request.POST.lists()), _once(request.FILES.lists()))
    values, files = request.parse_file_upload(request.META, request)
    return Inputs(_once(values.lists()), _once(files.lists()))


def json_object(body: bytes) -> Mapping[str, object]:
    """Read a JSON object in UTF-8; raises `Malformed`, also for a key that is given twice."""
    try:
        document = json.loads(
            body.decode() or "{}", object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise BrokenJson from error
    if not isinstance(document, dict):
        raise BrokenJson
    return document


def _unique(pairs: Sequence[tuple[str, object]]) -> Mapping[str, object]:
    _refuse_twice(name for name, _ in pairs)
    return dict(pairs)


def _once(fields: Iterable[tuple[str, Sequence[Value]]]) -> Mapping[str, Value]:
    given = [(name, value) for name, values in fields for value in values]
    _refuse_twice(name for name, _ in given)
    return dict(given)


def _refuse_twice(names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            sentence = f"{name} is given twice. Send it once."
            raise Malformed(sentence, code="given-twice", field=name)


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")
