"""Long plain sequences as raw buffers: numbers of one type, and text.

As JSON they would fill the header, which is parsed whole, and every item of it is an object.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from .errors import MalformedFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .values import Reader, Writer

_LEAST_ITEMS = 16
_NUMBERS = {float: "d", int: "q"}


def pack(writer: Writer, items: Sequence[Any]) -> Any:
    """Encode a sequence of floats, of integers, or of text and None; None for any other."""
    kinds = set(map(type, items)) if len(items) >= _LEAST_ITEMS else set()
    if str in kinds and kinds <= {str, type(None)}:
        return pack_text(writer, items)
    if len(kinds) != 1 or not kinds <= _NUMBERS.keys():
        return None
    code = _NUMBERS[kinds.pop()]
    try:
        return {"code": code, "b": writer.buffer(array(code, items))}
    except OverflowError:
        return None


def unpack(reader: Reader, node: Any) -> list[Any]:
    """Decode what `pack` wrote."""
    if node["code"] == "text":
        return unpack_text(reader, node)
    if node["code"] not in _NUMBERS.values():
        raise MalformedFrame("a kind of sequence that the wire does not carry")
    return array(node["code"], bytes(reader.buffer(node["b"]))).tolist()


def pack_text(writer: Writer, items: Sequence[Any]) -> dict[str, Any]:
    """Encode strings and None as one UTF-8 buffer, where each one ends, and which are missing."""
    parts = [b"" if item is None else item.encode("utf-8", "surrogatepass") for item in items]
    node = {
        "code": "text",
        "ends": writer.buffer(array("q", accumulate(map(len, parts)))),
        "b": writer.buffer(b"".join(parts)),
    }
    if None in items:
        node["missing"] = writer.buffer(bytes(item is None for item in items))
    return node


def unpack_text(reader: Reader, node: Any) -> list[str | None]:
    """Decode what `pack_text` wrote."""
    ends = array("q", bytes(reader.buffer(node["ends"])))
    missing = bytes(reader.buffer(node["missing"])) if "missing" in node else bytes(len(ends))
    data = bytes(reader.buffer(node["b"]))
    if len(missing) != len(ends):
        raise MalformedFrame("text with a mask of another length")
    items: list[str | None] = []
    start = 0
    for end, gone in zip(ends, missing):
        if not start <= end <= len(data):
            raise MalformedFrame("text that lies outside its buffer")
        items.append(None if gone else data[start:end].decode("utf-8", "surrogatepass"))
        start = end
    return items
