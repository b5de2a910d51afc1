"""The values the wire carries, as JSON nodes.

None, booleans, strings, finite floats and ordinary integers stand for themselves; everything else
is an object whose `t` names its type. Dates, NumPy and pandas have modules of their own (`moments`,
`arrays`, `tables`); the last two are imported only when such a value turns up on this side.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from typing import Any

from . import moments, packed
from .errors import MalformedFrame, MissingLibrary, Unencodable

MAX_DEPTH = 64
# A table's own parts (index, levels, categories) are levels that its writer does not count.
_TABLE_DEPTH = 8
_SAFE_INTEGER = 1 << 63
_ARRAYS = frozenset({"ndarray", "objects", "text", "scalar"})
# Keys of one dictionary with one hash: chance makes next to none, malice makes millions.
_MAX_COLLISIONS = 64
# Values that pandas may take much longer over than their bytes take to cross.
MAX_SLOW_STEPS = 200_000
# What a node that says nothing sensible makes the standard library, NumPy and pandas raise.
_NONSENSE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


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
        if isinstance(value, (list, tuple)):
            tag = "list" if isinstance(value, list) else "tuple"
            return {"t": tag, **self._items(value)}
        node = self._library_node(value)
        if node is None:
            node = moments.encode(value)
        if node is None:
            kind = type(value)
            raise Unencodable(f"a value of type {kind.__module__}.{kind.__qualname__}")
        return node

    def _items(self, value: Any) -> Any:
        return packed.pack(self, value) or {"v": [self.node(item) for item in value]}

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
        self._buffers: list[memoryview | None] = list(buffers)
        self._depth = 0
        self._slow_steps = 0

    def buffer(self, number: object) -> memoryview:
        """Return the buffer that a node refers to.

        `Writer` refers to each once; a frame that does so more often could be small and its value
        huge.
        """
        if type(number) is not int or not 0 <= number < len(self._buffers):
            raise MalformedFrame("a node refers to a buffer that does not exist")
        buffer, self._buffers[number] = self._buffers[number], None
        if buffer is None:
            raise MalformedFrame("two nodes refer to one buffer")
        return buffer

    def spend(self, steps: int) -> None:
        """Count values that are slow to decode; raises `MalformedFrame` when there are too many."""
        self._slow_steps += steps
        if self._slow_steps > MAX_SLOW_STEPS:
            raise MalformedFrame("more values than can be read in time")

    def value(self, node: Any) -> Any:
        """Decode a node; raises `MalformedFrame` for anything that `Writer` does not write."""
        self._depth += 1
        if self._depth > MAX_DEPTH + _TABLE_DEPTH:
            raise MalformedFrame("nested too deep")
        try:
            return self._value(node)
        except _NONSENSE as error:
            name = type(error).__name__
            raise MalformedFrame(f"a node that says nothing sensible ({name})") from error
        finally:
            self._depth -= 1

    def _value(self, node: Any) -> Any:
        if node is None or isinstance(node, (bool, str, int, float)):
            return node
        decode = _DECODERS.get(node["t"])
        if decode is not None:
            return decode(self, node)
        try:
            return self._library_value(node)
        except ImportError as error:
            package = "numpy" if node["t"] in _ARRAYS else "pandas"
            raise MissingLibrary(package) from error

    def _library_value(self, node: Any) -> Any:
        if node["t"] in _ARRAYS:
            from . import arrays

            return arrays.decode(self, node)
        from . import tables

        return tables.decode(self, node)


def _decode_items(reader: Reader, node: Any) -> list[Any]:
    if "code" in node:
        return packed.unpack(reader, node)
    return [reader.value(item) for item in node["v"]]


def _decode_dict(reader: Reader, node: Any) -> dict[Any, Any]:
    pairs = [(reader.value(key), reader.value(item)) for key, item in node["v"]]
    hashes = Counter(hash(key) for key, _ in pairs)
    if max(hashes.values(), default=0) > _MAX_COLLISIONS:
        raise MalformedFrame("a dictionary whose keys are made to collide")
    return dict(pairs)


def _decode_int(_: Reader, node: Any) -> int:
    return int(node["v"], 16)


_DECODERS: dict[str, Any] = {
    "int": _decode_int,
    "float": lambda _, node: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[node["v"]],
    "complex": lambda reader, node: complex(*map(reader.value, node["v"])),
    "bytes": lambda reader, node: bytes(reader.buffer(node["b"])),
    "list": _decode_items,
    "tuple": lambda reader, node: tuple(_decode_items(reader, node)),
    "dict": _decode_dict,
    **moments.DECODERS,
}
