"""What the wire does not carry, and frames that nobody's writer wrote."""

import ast
import datetime as dt
import json
import pickle
import tracemalloc
import zoneinfo
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.execution import guest
from valhub.evaluation.execution.guest import wire
from valhub.evaluation.execution.guest.values import MAX_DEPTH

REFUSED = (wire.MalformedFrame, wire.FrameTooLarge, wire.MissingLibrary)
MIB = 1024**2

SAMPLE = {
    "series": pd.Series([1.0, 2.0], index=pd.date_range("2020", periods=2, tz="Europe/Berlin")),
    "frame": pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.RangeIndex(2)),
    "levels": pd.MultiIndex.from_product([["a", "b"], [1, 2]]),
    "masked": pd.array([1, None], dtype="Int64"),
    "category": pd.Categorical(["a", None]),
    "strings": pd.array(["a", None], dtype="string"),
    "months": pd.period_range("2020-01", periods=2, freq="M"),
    "array": np.zeros((2, 3)),
    "list": [0.5] * 20,
    "text": ["a", None] * 10,
    "moment": pd.Timestamp("2020-01-01", tz="UTC"),
    "big": 1 << 70,
}
FRAME = b"".join(map(bytes, wire.frame_parts(SAMPLE)))
NODE = {
    name: json.loads(bytes(wire.frame_parts(value)[0])[16:])["value"]
    for name, value in SAMPLE.items()
}


def frame_of(value: object, *buffers: bytes) -> bytes:
    """Write a frame by hand."""
    text = json.dumps({"value": value, "buffers": [len(one) for one in buffers]}).encode()
    text += b" " * (-(16 + len(text)) % 64)
    body = b"".join(one + bytes(-len(one) % 64) for one in buffers)
    return wire.PREFIX.pack(wire.MAGIC, len(text), len(body)) + text + body


def read_at_most(frame: bytes, most_bytes: int) -> None:
    """Read a frame that must be refused, or must cost little."""
    tracemalloc.start()
    try:
        wire.read_value(frame)
    except REFUSED:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < most_bytes


class Own:
    """A class of the algorithm's."""


class Zone(dt.tzinfo):
    """A time zone of the algorithm's, with a summer time and no name."""

    def utcoffset(self, moment: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(hours=moment.month > 6) if moment else dt.timedelta()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Own(), "Own"),
        (Own, "builtins.type"),
        (lambda: 1, "builtins.function"),
        ({1, 2}, "builtins.set"),
        ((one for one in ()), "builtins.generator"),
        (pd.interval_range(0, 2), "Interval"),
        (np.ma.masked_array([1.0, 2.0], [False, True]), "MaskedArray"),
        (np.zeros(2, dtype=[("a", "f8")]), "numpy.ndarray"),
        (np.array([Own()]), "Own"),
        (pd.Series([Own()]), "Own"),
        (pd.Series([1], name=frozenset()), "builtins.frozenset"),
        (dt.datetime(2020, 1, 1, tzinfo=Zone()), "time zone of type .*Zone"),
        (pd.DataFrame(np.zeros((1, 10_001))), "10,000 columns"),
    ],
)
def test_what_is_no_data_is_refused_by_name(value: object, name: str) -> None:
    with pytest.raises(wire.Unencodable, match=name):
        wire.frame_parts({"answer": [value]})


def test_a_list_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(wire.Unencodable, match="nested more than 64 deep"):
        wire.frame_parts(value)


def test_a_table_as_deep_as_allowed_comes_back(roundtrip: Callable[[object], object]) -> None:
    deepest: object = pd.Series(["a"], pd.CategoricalIndex(["b"]), dtype="category")
    for _ in range(MAX_DEPTH - 3):
        deepest = [deepest]
    assert roundtrip(deepest)


@pytest.mark.slow
def test_a_value_of_too_many_parts_is_refused_before_it_is_sent() -> None:
    with pytest.raises(wire.Unencodable, match="more than 4 MiB outside its arrays"):
        wire.frame_parts([(1, "a")] * 400_000)


def test_a_pickle_is_refused() -> None:
    with pytest.raises(wire.MalformedFrame):
        wire.read_value(pickle.dumps([0] * 100))


@given(st.integers(0, len(FRAME) - 1))
def test_a_truncated_frame_is_refused(length: int) -> None:
    with pytest.raises(REFUSED):
        wire.read_value(FRAME[:length])


@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_frame_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(FRAME)
    for place, byte in changes:
        damaged[place] = byte
    try:
        value = wire.read_value(damaged)
    except REFUSED:
        return
    wire.frame_parts(value)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(
        ["", "UTC", "-07:00", "2020-01-01", "D", "<f8", "|O", "<M8[ns]", "|V8", "text", "Int64"]
    ),
    st.lists(st.integers(-1, 3), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    *(st.just(node) for node in NODE.values()),
)


@st.composite
def mutated_nodes(draw: st.DrawFn) -> object:
    """A proper node in which some part says something else."""
    node = json.loads(json.dumps(NODE[draw(st.sampled_from(sorted(NODE)))]))
    inner = node
    while isinstance(inner, dict | list) and inner:
        keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        key = draw(st.sampled_from(list(keys)))
        if draw(st.booleans()) or not isinstance(inner[key], dict | list) or not inner[key]:
            inner[key] = draw(JUNK)
            return node
        inner = inner[key]
    return node


@pytest.mark.filterwarnings("ignore")
@given(mutated_nodes(), st.lists(st.binary(max_size=24), max_size=6))
def test_a_node_that_says_something_else_is_read_or_refused(
    node: object, buffers: list[bytes]
) -> None:
    try:
        value = wire.read_value(frame_of(node, *buffers))
    except REFUSED:
        return
    assert wire.frame_parts(value)


@pytest.mark.parametrize(
    "zone",
    ["dateutil//etc/hostname", "/etc/hostname", "../../etc/hostname", "tzlocal()", "Europe", "No"],
)
@pytest.mark.parametrize("tag", ["zoned", "timestamp", "datetime", "time"])
def test_a_zone_that_is_no_name_opens_no_file(zone: str, tag: str) -> None:
    moment = {"t": "ndarray", "dtype": "<M8[ns]", "shape": [1], "b": 0}
    text = {"zoned": moment, "timestamp": {**moment, "t": "scalar"}, "time": "06:30:00"}
    value = text.get(tag, "2020-01-01T00:00:00")
    with pytest.raises(REFUSED):
        wire.read_value(frame_of({"t": tag, "v": value, "zone": zone, "fold": 0}, bytes(8)))


def test_a_proper_zone_is_not_refused_by_the_same_hand() -> None:
    node = {"t": "time", "v": "06:30:00", "zone": "Europe/Berlin", "fold": 0}
    assert wire.read_value(frame_of(node)).tzinfo == zoneinfo.ZoneInfo("Europe/Berlin")


def test_an_announced_length_is_refused_before_anything_is_allocated() -> None:
    prefix = wire.PREFIX.pack(wire.MAGIC, 48, 1 << 40)
    with pytest.raises(wire.FrameTooLarge, match="1099511627824 bytes"):
        wire.frame_size(prefix, 64 * MIB)


@pytest.mark.parametrize(
    "node",
    [
        {"t": "range", "v": [0, 1 << 40, 1], "name": None},
        {"t": "index", "v": {"t": "range", "v": [0, 10**8, 1], "name": None}, "name": None},
        {"t": "ndarray", "dtype": "<f8", "shape": [1 << 40], "b": 0},
        {"t": "ndarray", "dtype": "<f8", "shape": [-1], "b": 0},
        {"t": "ndarray", "dtype": "<U999999999", "shape": [0], "b": 0},
        {"t": "objects", "shape": [1 << 40], "v": []},
        {"t": "text", "code": "text", "ends": 0, "b": 0},
        {"t": "int", "v": "0x" + "f" * 1000},
        {"t": "zoned", "v": {"t": "text", "ends": 0, "b": 0}, "zone": "UTC"},
    ],
)
def test_a_small_frame_that_asks_for_much_costs_little(node: object) -> None:
    read_at_most(frame_of(node, bytes([255] * 7 + [127])), MIB)


# The refused one that costs most is quick; the slow tests try the others.
@pytest.mark.parametrize(
    "item",
    [
        "{}",
        *(
            pytest.param(item, marks=pytest.mark.slow)
            for item in ('{"t":"list","v":[]}', "[]", '""', "1.5")
        ),
    ],
)
def test_the_largest_header_costs_less_than_a_worker_may_hold(item: str) -> None:
    count = (4 * MIB - 100) // (len(item) + 1)
    text = f'{{"buffers":[],"value":{{"t":"list","v":[{",".join([item] * count)}]}}}}'
    text += " " * (-(16 + len(text)) % 64)
    read_at_most(wire.PREFIX.pack(wire.MAGIC, len(text), 0) + text.encode(), 125 * MIB)


def test_a_table_of_very_many_columns_is_refused() -> None:
    column = {"t": "ndarray", "dtype": "<f8", "shape": [0], "b": 0}
    index = {"t": "range", "v": [0, 0, 1], "name": None}
    node = {"t": "frame", "v": [column] * 10_001, "index": index, "columns": index}
    with pytest.raises(wire.MalformedFrame, match="too many columns"):
        wire.read_value(frame_of(node, b""))


def test_brackets_without_end_are_refused() -> None:
    text = b"[" * (1 << 20)
    text += b" " * (-(16 + len(text)) % 64)
    with pytest.raises(wire.MalformedFrame):
        wire.read_value(wire.PREFIX.pack(wire.MAGIC, len(text), 0) + text)


@pytest.mark.parametrize("path", sorted(Path(guest.__file__).parent.glob("*.py")), ids=str)
def test_the_guest_is_written_for_the_oldest_python(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert not any(isinstance(node, ast.Match) for node in ast.walk(tree))
