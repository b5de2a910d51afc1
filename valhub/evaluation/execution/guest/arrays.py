"""NumPy arrays and scalars on the wire: dtype, shape and one raw buffer each.

Only plain dtypes cross (booleans, numbers, dates, durations, fixed-width text and bytes); arrays of
Python objects cross as their values, and one-dimensional arrays of `str` as offsets and UTF-8.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from .values import Malformed

if TYPE_CHECKING:
    from .values import Reader, Writer

TAGS = frozenset({"ndarray", "objects", "text", "scalar"})
_PLAIN = frozenset("biufcmMSU")
_DTYPE = re.compile(r"[<>|=][biufcSU][0-9]{1,9}|[<>=][mM]8(\[[0-9]*[a-zA-Z]{1,2}\])?")


def encode(writer: Writer, value: Any) -> Any:
    """Encode a NumPy array or scalar; None for anything else."""
    if isinstance(value, np.generic):
        if value.dtype.kind not in _PLAIN:
            return None
        array = np.asarray(value)
        return {"t": "scalar", "dtype": array.dtype.str, "b": writer.buffer(array.tobytes())}
    if not isinstance(value, np.ndarray) or value.dtype.names is not None:
        return None
    if value.dtype.kind == "O":
        return _encode_objects(writer, value)
    if value.dtype.kind not in _PLAIN:
        return None
    if value.dtype.itemsize == 0:
        value = value.astype(value.dtype.kind + "1")
    return {
        "t": "ndarray",
        "dtype": value.dtype.str,
        "shape": list(value.shape),
        "b": writer.buffer(np.ascontiguousarray(value).reshape(-1).view(np.uint8)),
    }


def _encode_objects(writer: Writer, value: np.ndarray[Any, Any]) -> Any:
    items = value.reshape(-1).tolist()
    if value.ndim == 1 and all(type(item) is str for item in items):
        return encode_text(writer, items)
    nodes = [writer.node(item) for item in items]
    return {"t": "objects", "shape": list(value.shape), "v": nodes}


def encode_text(writer: Writer, items: list[str]) -> Any:
    """Encode strings as one UTF-8 buffer and the offsets at which each one ends."""
    parts = [item.encode("utf-8", "surrogatepass") for item in items]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return {
        "t": "text",
        "ends": writer.buffer(ends.tobytes()),
        "b": writer.buffer(b"".join(parts)),
    }


def decode(reader: Reader, node: Any) -> Any:
    """Decode what `encode` wrote; numeric arrays are views of the frame."""
    tag = node["t"]
    if tag == "text":
        return _decode_text(reader, node)
    if tag == "objects":
        array = np.empty(len(node["v"]), dtype=object)
        for position, item in enumerate(node["v"]):
            array[position] = reader.value(item)
        return array.reshape(_shape(node["shape"]))
    dtype = _dtype(node["dtype"])
    flat = np.frombuffer(reader.buffer(node["b"]), dtype=dtype)
    if tag == "scalar":
        return flat.reshape(())[()]
    return flat.reshape(_shape(node["shape"]))


def _dtype(name: Any) -> np.dtype[Any]:
    if not isinstance(name, str) or not _DTYPE.fullmatch(name):
        raise Malformed("a dtype that the wire does not carry")
    dtype = np.dtype(name)
    if dtype.itemsize == 0:
        raise Malformed("a dtype without a size")
    return dtype


def _shape(shape: Any) -> tuple[int, ...]:
    # A negative length would let reshape guess; the wire never guesses.
    if not all(type(length) is int and length >= 0 for length in shape):
        raise Malformed("a shape that is none")
    return tuple(shape)


def _decode_text(reader: Reader, node: Any) -> np.ndarray[Any, Any]:
    ends = np.frombuffer(reader.buffer(node["ends"]), dtype=np.int64).tolist()
    data = bytes(reader.buffer(node["b"]))
    array = np.empty(len(ends), dtype=object)
    start = 0
    for position, end in enumerate(ends):
        if not start <= end <= len(data):
            raise Malformed("text that lies outside its buffer")
        array[position] = data[start:end].decode("utf-8", "surrogatepass")
        start = end
    return array
