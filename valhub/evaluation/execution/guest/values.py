"""The values the wire carries, as JSON nodes.

None, booleans, strings, finite floats and ordinary integers stand for themselves; everything else
is an object whose `t` names its type. NumPy and pandas have their own modules (`arrays`, `tables`),
imported only when such a value turns up on this side.
"""

from __future__ import annotations

import datetime
import math
import sys
from typing import Any

MAX_DEPTH = 64
_SAFE_INTEGER = 1 << 63


class Unencodable(Exception):
    """The wire does not carry a value of this type."""


class Malformed(Exception):
    """The frame does not say what a frame can say."""


class Writer:
    """Turns one value into a node and the buffers that the node refers to by number."""

    def __init__(self) -> None:
        self.buffers: list[memoryview] = []
        self._depth = 0

    def buffer(self, view: Any) -> int:
        """Keep a bytes-like object for the body; return its number."""
        self.buffers.append(memoryview(view).cast("B") if len(view) else memoryview(b""))
        return len(self.buffers) - 1

    def node(self, value: object) -> Any:
        """Encode a value, or raise `Unencodable` with the name of the type it cannot carry."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unencodable(f"a value nested more than {MAX_DEPTH} deep")
        try:
            return self._node(value)
        finally:
            self._depth -= 1

    def _node(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if abs(value) < _SAFE_INTEGER else {"t": "int", "v": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
        if kind is complex:
            return {"t": "complex", "v": [self.node(value.real), self.node(value.imag)]}
        if kind is bytes or kind is bytearray:
            return {"t": "bytes", "b": self.buffer(value)}
        return self._container(value)

    def _container(self, value: Any) -> Any:
        if isinstance(value, dict):
            pairs = [[self.node(key), self.node(item)] for key, item in value.items()]
            return {"t": "dict", "v": pairs}
        if isinstance(value, list):
            return {"t": "list", "v": [self.node(item) for item in value]}
        if isinstance(value, tuple):
            return {"t": "tuple", "v": [self.node(item) for item in value]}
        node = self._library_node(value)
        if node is None:
            node = _date_node(value)
        if node is None:
            kind = type(value)
            raise Unencodable(f"a value of type {kind.__module__}.{kind.__qualname__}")
        return node

    def _library_node(self, value: Any) -> Any:
        # A value can only be NumPy's or pandas' when that library has been imported already.
        if "pandas" in sys.modules:
            from . import tables

            node = tables.encode(self, value)
            if node is not None:
                return node
        if "numpy" in sys.modules:
            from . import arrays

            return arrays.encode(self, value)
        return None


class Reader:
    """Turns a node back into a value, with the buffers of its frame."""

    def __init__(self, buffers: list[memoryview]) -> None:
        self._buffers = buffers
        self._depth = 0

    def buffer(self, number: object) -> memoryview:
        """Return the buffer that a node refers to."""
        if type(number) is not int or not 0 <= number < len(self._buffers):
            raise Malformed("a node refers to a buffer that is not there")
        return self._buffers[number]

    def value(self, node: Any) -> Any:
        """Decode a node; raises `Malformed` for anything that `Writer` does not write."""
        self._depth += 1
        if self._depth > MAX_DEPTH + 1:
            raise Malformed("nested too deep")
        try:
            return self._value(node)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as e:
            raise Malformed(f"a node that says nothing sensible ({type(e).__name__})") from e
        finally:
            self._depth -= 1

    def _value(self, node: Any) -> Any:
        if node is None or isinstance(node, (bool, str, int, float)):
            return node
        decode = _DECODERS.get(node["t"])
        if decode is not None:
            return decode(self, node)
        from . import arrays

        if node["t"] in arrays.TAGS:
            return arrays.decode(self, node)
        from . import tables

        return tables.decode(self, node)


def _decode_dict(reader: Reader, node: Any) -> dict[Any, Any]:
    return {reader.value(key): reader.value(item) for key, item in node["v"]}


def _decode_int(_: Reader, node: Any) -> int:
    return int(node["v"], 16)


def zone_node(zone: datetime.tzinfo | None, at: datetime.datetime | None = None) -> Any:
    """Describe a time zone by its IANA name or its fixed offset in seconds from UTC."""
    if zone is None:
        return None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if isinstance(name, str):
        return name
    if zone is datetime.timezone.utc:
        return "UTC"
    offset = zone.utcoffset(at)
    if offset is None or (not isinstance(zone, datetime.timezone) and _varies(zone)):
        raise Unencodable(f"a time zone of type {type(zone).__module__}.{type(zone).__qualname__}")
    return offset.total_seconds()


def _varies(zone: datetime.tzinfo) -> bool:
    months = (datetime.datetime(2020, month, 15) for month in range(1, 13))
    return len({zone.utcoffset(moment) for moment in months}) > 1


def zone_value(node: Any) -> datetime.tzinfo | None:
    """Time zone that `zone_node` described."""
    if node is None:
        return None
    if isinstance(node, str):
        import zoneinfo

        return zoneinfo.ZoneInfo(node)
    return datetime.timezone(datetime.timedelta(seconds=node))


def _date_node(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        zone = zone_node(value.tzinfo, value)
        text = value.replace(tzinfo=None).isoformat()
        return {"t": "datetime", "v": text, "zone": zone, "fold": value.fold}
    if isinstance(value, datetime.date):
        return {"t": "date", "v": value.isoformat()}
    if isinstance(value, datetime.time):
        zone = zone_node(value.tzinfo)
        text = value.replace(tzinfo=None).isoformat()
        return {"t": "time", "v": text, "zone": zone, "fold": value.fold}
    if isinstance(value, datetime.timedelta):
        return {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
    return None


def _decode_datetime(_: Reader, node: Any) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(node["v"])
    return moment.replace(tzinfo=zone_value(node["zone"]), fold=node["fold"])


def _decode_time(_: Reader, node: Any) -> datetime.time:
    moment = datetime.time.fromisoformat(node["v"])
    return moment.replace(tzinfo=zone_value(node["zone"]), fold=node["fold"])


_DECODERS: dict[str, Any] = {
    "int": _decode_int,
    "float": lambda _, node: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[node["v"]],
    "complex": lambda reader, node: complex(*map(reader.value, node["v"])),
    "bytes": lambda reader, node: bytes(reader.buffer(node["b"])),
    "list": lambda reader, node: [reader.value(item) for item in node["v"]],
    "tuple": lambda reader, node: tuple(reader.value(item) for item in node["v"]),
    "dict": _decode_dict,
    "datetime": _decode_datetime,
    "date": lambda _, node: datetime.date.fromisoformat(node["v"]),
    "time": _decode_time,
    "timedelta": lambda _, node: datetime.timedelta(*node["v"]),
}
