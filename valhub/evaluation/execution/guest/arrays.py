"""NumPy arrays and scalars on the wire: dtype, shape and one raw buffer each.

Only plain dtypes cross (booleans, numbers, dates, durations, fixed-width text and bytes); arrays of
Python objects cross as their values, and one-dimensional arrays of `str` as offsets and UTF-8. A
masked array does not cross: the other side would see what it hides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import MalformedFrame
from .packed import pack_text, unpack_text

if TYPE_CHECKING:
    from .values import Reader, Writer

_PLAIN = frozenset("biufcmMSU")
_DTYPE = re.compile(r"[<>|=][biufcSU][0-9]{1,9}|[<>=][mM]8(\[[0-9]*[a-zA-Z]{1,2}\])?")


def encode(writer: Writer, value: Any) -> Any:
    """Encode a NumPy array or scalar; None for anything else."""
    if isinstance(value, np.generic):
        if value.dtype.kind not in _PLAIN:
            return None
        array = _sized(np.asarray(value))
        return {"t": "scalar", "dtype": array.dtype.str, "b": writer.buffer(array.tobytes())}
    if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
        return None
    if value.dtype.kind == "O":
        return _encode_objects(writer, value)
    if value.dtype.kind not in _PLAIN:
        return None
    value = _sized(value)
    return {
        "t": "ndarray",
        "dtype": value.dtype.str,
        "shape": list(value.shape),
        "b": writer.buffer(np.ascontiguousarray(value).reshape(-1).view(np.uint8)),
    }


def _sized(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give empty text, which may have no size, room for one character."""
    return value if value.dtype.itemsize else value.astype(value.dtype.kind + "1")


def _encode_objects(writer: Writer, value: np.ndarray[Any, Any]) -> Any:
    items = value.reshape(-1).tolist()
    if value.ndim == 1 and str in (kinds := set(map(type, items))) and kinds <= {str, type(None)}:
        return {"t": "text", **pack_text(writer, items)}
    nodes = [writer.node(item) for item in items]
    return {"t": "objects", "shape": list(value.shape), "v": nodes}


def decode(reader: Reader, node: Any) -> Any:
    """Decode what `encode` wrote; numeric arrays are views of the frame."""
    tag = node["t"]
    if tag == "text":
        return _objects(unpack_text(reader, node))
    if tag == "objects":
        return _objects([reader.value(item) for item in node["v"]]).reshape(_shape(node["shape"]))
    dtype = _dtype(node["dtype"])
    flat = np.frombuffer(reader.buffer(node["b"]), dtype=dtype)
    if tag == "scalar":
        return flat.reshape(())[()]
    return flat.reshape(_shape(node["shape"]))


def _objects(items: list[Any]) -> np.ndarray[Any, Any]:
    """Make an array of objects; item by item, because NumPy would unfold lists among them."""
    array = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        array[position] = item
    return array


def _dtype(name: Any) -> np.dtype[Any]:
    if not isinstance(name, str) or not _DTYPE.fullmatch(name):
        raise MalformedFrame("a dtype that the wire does not carry")
    dtype = np.dtype(name)
    if dtype.itemsize == 0:
        raise MalformedFrame("a dtype without a size")
    return dtype


def _shape(shape: Any) -> tuple[int, ...]:
    # A negative length would let reshape guess; the wire never guesses.
    if not all(type(length) is int and length >= 0 for length in shape):
        raise MalformedFrame("something that is not a shape")
    return tuple(shape)
