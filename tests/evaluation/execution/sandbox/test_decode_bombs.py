"""Small frames that would unfold into something huge, or take for ever, where they are read."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from valhub.evaluation.execution.guest import wire

RANGE = {"t": "range", "v": [0, 10_000_000, 1], "name": None}
INT64 = {"t": "ndarray", "dtype": "<i8"}


def read(node: Any, buffers: Sequence[bytes] = ()) -> Any:
    """Read a frame that holds a node as it is, however senseless."""
    text = json.dumps({"value": node, "buffers": [len(each) for each in buffers]}).encode()
    text += b" " * (-(wire.PREFIX.size + len(text)) % 64)
    body = b"".join(each + bytes(-len(each) % 64) for each in buffers)
    return wire.read_value(wire.PREFIX.pack(wire.MAGIC, len(text), len(body)) + text + body)


def array(count: int, number: int = 0) -> dict[str, Any]:
    return {**INT64, "shape": [count], "b": number}


def series(values: Any, index: Any = RANGE) -> dict[str, Any]:
    return {"t": "series", "v": values, "index": index, "name": None}


def listed(*nodes: Any) -> dict[str, Any]:
    return {"t": "list", "v": list(nodes)}


def index(number: int, count: int, freq: Any = None) -> dict[str, Any]:
    stamps = {"t": "ndarray", "dtype": "<M8[ns]", "shape": [count], "b": number}
    return {"t": "index", "v": stamps, "name": None, "freq": freq}


def dictionary(keys: Sequence[Any]) -> dict[str, Any]:
    return {"t": "dict", "v": [[key, 0] for key in keys]}


SAME_HASH = [n * (2**61 - 1) for n in range(1000)]
BOMBS = {
    "one buffer many times": (listed(*[{"t": "bytes", "b": 0}] * 2), [b"x"]),
    "one array many times": (listed(array(1), array(1)), [bytes(8)]),
    "a number as a column": (series(1.0), []),
    "a text as a column": (series("x" * 1000, {**RANGE, "v": [0, 1000, 1]}), []),
    "a range as a column": (series(RANGE), []),
    "an array without a dimension as a column": (series({**array(1), "shape": []}), [bytes(8)]),
    "a range as codes": (
        {"t": "categorical", "codes": RANGE, "categories": RANGE, "ordered": False},
        [],
    ),
    "a range as a mask": (
        {"t": "masked", "dtype": "Int64", "v": array(2), "missing": RANGE},
        [bytes(16)],
    ),
    "a range too long": ({**RANGE, "v": [0, 1 << 40, 1]}, []),
    "keys that collide": (dictionary(SAME_HASH), []),
    "keys that collide, boxed": (
        dictionary([{"t": "tuple", "v": [number]} for number in SAME_HASH]),
        [],
    ),
    "too many categories": (
        {
            "t": "categorical",
            "codes": array(1),
            "categories": {"t": "index", "v": array(200_001, 1), "name": None},
            "ordered": False,
        },
        [bytes(8), bytes(8 * 200_001)],
    ),
    "a frequency to be checked step by step": (index(0, 200_001, "B"), [bytes(8 * 200_001)]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_unfolds(name):
    with pytest.raises(wire.MalformedFrame):
        read(*BOMBS[name])


def test_control_the_same_shapes_are_read_when_they_are_honest():
    columns = listed(array(2, 0), array(2, 1), series(array(2, 2), {**RANGE, "v": [0, 2, 1]}))
    first, second, third = read(columns, [bytes(16)] * 3)
    assert len(first) == len(second) == len(third) == 2
    assert len(read(RANGE)) == 10_000_000
    assert len(read(index(0, 300_000), [bytes(8 * 300_000)])) == 300_000


def test_control_dictionaries_with_ordinary_keys_are_read():
    keys = [*range(-5000, 5000), *(f"key {n}" for n in range(1000)), *(n / 7 for n in range(1000))]
    assert len(read(dictionary(keys))) == len(set(keys))
