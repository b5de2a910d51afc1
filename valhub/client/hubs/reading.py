"""Documents as records: frozen dataclasses whose annotations say what each field is.

A newer hub may send more fields, which are left out. A field that is missing or of another type
means that hub and client are too far apart.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from valhub import __version__
from valhub.client.hubs.errors import HubUnreachable

R = TypeVar("R")


class _Unreadable(ValueError):
    """Has the place of a value that is of another type, from the inside out."""


def read_record(kind: type[R], document: object) -> R:
    """Read a document as a record.

    Raises
    ------
    HubUnreachable
        It has another shape than this version of the client knows.
    """
    try:
        record: R = _read(kind, document)
    except _Unreadable as error:
        raise HubUnreachable(
            f"The hub's answer has a shape that this client (version {__version__}) does not know "
            f"({error}). Upgrade the older of the two: `pip install -U pv-validation-hub`, or ask "
            "the hub's administrators."
        ) from None
    return record


def _read(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        return _read_record(kind, value)
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read_choice(inside, value)
    if origin is tuple:
        _expect(isinstance(value, list))
        kinds = inside[:1] * len(value) if inside[-1] is ... else inside
        _expect(len(kinds) == len(value))
        return tuple(_read(one, item) for one, item in zip(kinds, value, strict=True))
    if origin is dict:
        _expect(isinstance(value, dict))
        return {str(key): _read(inside[1], item) for key, item in value.items()}
    return _read_plain(kind, value)


def _read_record(kind: Any, value: Any) -> Any:
    _expect(isinstance(value, Mapping))
    hints, found = _hints(kind), {}
    for one in fields(kind):
        if one.name not in value and _has_default(one):
            continue
        try:
            found[one.name] = _read(hints[one.name], value.get(one.name))
        except _Unreadable as error:
            raise _Unreadable(f"{one.name}.{error}".rstrip(".")) from None
    return kind(**found)


def _read_choice(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and NoneType in kinds:
        return None
    (kind,) = (one for one in kinds if one is not NoneType)
    return _read(kind, value)


def _read_plain(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    if kind is datetime:
        _expect(isinstance(value, str))
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise _Unreadable from None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    _expect(isinstance(value, kind) and (kind is bool or not isinstance(value, bool)))
    return value


def _expect(holds: bool) -> None:  # noqa: FBT001 - reads like `assert`, which this is not
    if not holds:
        raise _Unreadable


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_default(field: "Field[Any]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
