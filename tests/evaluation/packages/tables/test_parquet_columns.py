"""Columns of Parquet files: every type is read or is a fault of its column, never a traceback."""

import decimal
import io
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from valhub.evaluation.execution.guest import wire
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.frames import read_frame
from valhub.evaluation.packages.tasks.metadata_tables import read_table
from valhub.evaluation.packages.tasks.table_records import Required

TIMES = pa.array([datetime(2024, 1, 1, hour) for hour in range(3)], pa.timestamp("us"))
NUMBERS = pa.array([1.0, 2.0, 3.0])
RANGE = "outside the years 1678 to 2261"


def whole(values: list[int | None], kind: pa.DataType) -> pa.Array:
    """Make a column of counts of its unit."""
    width = pa.int32() if pa.types.is_date32(kind) or pa.types.is_time32(kind) else pa.int64()
    return pa.array(values, width).view(kind)


def broken_text() -> pa.Array:
    offsets = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"a\xffb")])


def read(tmp_path: Path, table: pa.Table) -> tuple[object, list[str]]:
    """Read a table that was written to a file, and send it over the wire as a run would."""
    pq.write_table(table, tmp_path / "a.parquet")
    faults = FaultList("task")
    frame = read_frame(tmp_path / "a.parquet", file="a.parquet", zone=None, faults=faults)
    if frame is not None:
        stream = io.BytesIO()
        wire.write_value(stream, frame)
        wire.read_value(stream.getvalue())
    return frame, [str(fault) for fault in faults]


FAR = {
    "seconds": whole([0, None, 253402300799], pa.timestamp("s")),
    "milliseconds": whole([0, 0, 2**63 - 1], pa.timestamp("ms")),
    "microseconds": whole([0, 0, -(2**63) + 1], pa.timestamp("us")),
    "with a zone": whole([0, 0, 253402300799], pa.timestamp("s", "Europe/Paris")),
    "year 3020": pa.array([date(2024, 1, 1), date(2024, 1, 2), date(3020, 1, 1)]),
    "last day": whole([0, 0, 2**31 - 1], pa.date32()),
    "milliseconds of a day": whole([0, 0, 2**63 - 1], pa.date64()),
    "in a dictionary": pa.array(
        [datetime(2024, 1, 1)] * 2 + [datetime(1500, 1, 1)]
    ).dictionary_encode(),
}


@pytest.mark.parametrize("column", FAR.values(), ids=FAR)
@pytest.mark.parametrize("as_time", [False, True])
def test_date_beyond_nanoseconds_is_a_fault_of_its_row(tmp_path, column, as_time):
    table = {"time": column, "x": NUMBERS} if as_time else {"time": TIMES, "x": column}
    frame, faults = read(tmp_path, pa.table(table))
    assert frame is None
    [far] = [fault for fault in faults if RANGE in fault]
    assert "Row 3: " in far
    assert as_time or far.startswith("a.parquet:x: ")


@pytest.mark.parametrize(
    "zone",
    ["W. Europe Standard Time", "UTC+1", "Mars/Olympus", "+99:99", "../../etc", "ü", "a" * 999],
)
@pytest.mark.parametrize("as_time", [False, True])
def test_time_zone_that_does_not_exist_is_named(tmp_path, zone, as_time):
    column = whole([0, 1, 2], pa.timestamp("us", zone))
    table = {"time": column, "x": NUMBERS} if as_time else {"time": TIMES, "x": column}
    frame, [fault] = read(tmp_path, pa.table(table))
    assert frame is None
    assert f'"{zone[:40]}' in fault
    assert f"a.parquet:{'time' if as_time else 'x'}: " in fault
    assert len(fault) < 250


@pytest.mark.parametrize("zone", ["Europe/Paris", "Etc/GMT+7", "UTC", "utc", "+05:30", "-07:00"])
@pytest.mark.parametrize("as_time", [False, True])
def test_known_time_zone_is_read(tmp_path, zone, as_time):
    column = whole([0, 1, 2], pa.timestamp("us", zone))
    table = {"time": column, "x": NUMBERS} if as_time else {"time": TIMES, "x": column}
    assert read(tmp_path, pa.table(table))[1] == []


READABLE = {
    "half precision": (pa.array(np.array([1, 2, 3], np.float16)), [1, 2, 3]),
    "large integers": (pa.array([1, 2, 2**64 - 1], pa.uint64()), [1, 2, 2**64 - 1]),
    "integers with a gap": (pa.array([1, None, 2**63 - 1]), [1, None, 2.0**63]),
    "switches with a gap": (pa.array([True, None, False]), [1, None, 0]),
    "nothing": (pa.nulls(3), [None, None, None]),
    "decimals": (pa.array([decimal.Decimal("1.5")] * 3, pa.decimal128(38, 2)), [1.5] * 3),
    "wide decimals": (pa.array([decimal.Decimal(10**69)] * 3, pa.decimal256(76, 2)), [1e69] * 3),
    "long text": (pa.array(["a", "b", None], pa.large_string()), ["a", "b", None]),
    "views of text": (pa.array(["a", "b", None], pa.string_view()), ["a", "b", None]),
    "dictionary of text": (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
    "dictionary of numbers": (pa.array([1.0, 2.0, 1.0]).dictionary_encode(), [1, 2, 1]),
    "dates": (pa.array([date(2024, 1, day) for day in (1, 2, 3)]), None),
    "times of day": (pa.array([time(0), time(12), time(23, 59)]), None),
}


@pytest.mark.parametrize(("column", "expected"), READABLE.values(), ids=READABLE)
def test_readable_types(tmp_path, column, expected):
    frame, faults = read(tmp_path, pa.table({"time": TIMES, "x": column}))
    assert faults == []
    if expected is not None:
        found = [None if pd.isna(one) else one for one in frame.tolist()]
        assert found == expected


UNREADABLE = {
    "duration": pa.array([1, 2, 3], pa.duration("ms")),
    "structure": pa.array([{"a": 1}] * 3),
    "structure of far dates": pa.array([{"a": datetime(9999, 1, 1)}] * 3),
    "structure with long names": pa.array([{"a" * 9000: 1}] * 3),
    "list": pa.array([[1]] * 3),
    "list of fixed size": pa.array([[1.0, 2.0]] * 3, pa.list_(pa.float64(), 2)),
    "map": pa.array([[("a", 1)]] * 3, pa.map_(pa.string(), pa.int64())),
    "bytes": pa.array([b"a", b"\xff", b"c"]),
    "bytes of fixed size": pa.array([b"aa", b"bb", b"cc"], pa.binary(2)),
    "identifiers": pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([b"0" * 16] * 3, pa.binary(16))
    ),
    "time of day beyond the day": whole([1, 2, 2**62], pa.time64("us")),
    "time of day before the day": whole([1, 2, -1], pa.time32("s")),
    "text that is not UTF-8": broken_text(),
}


@pytest.mark.parametrize("column", UNREADABLE.values(), ids=UNREADABLE)
def test_type_without_a_value_is_a_fault_of_its_column(tmp_path, column):
    frame, [fault] = read(tmp_path, pa.table({"time": TIMES, "x": column}))
    assert frame is None
    assert fault.startswith("a.parquet:x: The column ")
    assert len(fault) < 200


@pytest.mark.parametrize("column", UNREADABLE.values(), ids=UNREADABLE)
def test_type_without_a_value_is_no_time(tmp_path, column):
    frame, [fault] = read(tmp_path, pa.table({"time": column, "x": NUMBERS}))
    assert frame is None
    assert fault.startswith("a.parquet:")


def test_name_of_a_column_that_is_not_utf_8(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"time": TIMES, "XXXX": NUMBERS}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"XXXX", b"\xe4\xff\xf6X"))
    faults = FaultList("task")
    assert read_frame(path, file="a.parquet", zone=None, faults=faults) is None
    [fault] = faults
    assert "the name of a column is not UTF-8" in fault.problem


@pytest.mark.parametrize("said", [b"{no", b"\xff", b"[" * 100_000], ids=["json", "utf-8", "deep"])
def test_what_pandas_says_about_a_file_may_be_broken(tmp_path, said):
    table = pa.table({"time": TIMES, "x": NUMBERS}).replace_schema_metadata({b"pandas": said})
    frame, [fault] = read(tmp_path, table)
    assert frame is None
    assert fault.startswith("a.parquet: This is not a readable Parquet file (")


def test_row_numbers_that_pandas_kept_are_no_data(tmp_path):
    data = pd.DataFrame({"time": TIMES.to_pandas(), "x": [1.0, 2.0, 3.0]})
    frame, faults = read(tmp_path, pa.Table.from_pandas(data[data["x"] != 2]))
    assert faults == []
    assert frame.name == "x"
    assert frame.index.name == "time"
    assert frame.tolist() == [1, 3]


TABLES = {
    "far date": pa.table({"system_id": [1], "built": whole([2**63 - 1], pa.timestamp("ms"))}),
    "zone": pa.table({"system_id": [1], "built": whole([0], pa.timestamp("ms", "UTC+1"))}),
    "text": pa.table({"system_id": pa.array([1, 2, 3]), "note": broken_text()}),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_metadata_that_cannot_be_read_is_a_fault(tmp_path, table):
    pq.write_table(table, tmp_path / "meta.parquet")
    faults = FaultList("task")
    assert read_table(tmp_path, "meta", Required("system_id"), faults) is None
    [fault] = faults
    assert fault.file == "meta.parquet"
    assert fault.problem.startswith("This is not a readable Parquet file (")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", " 2 ", "-"], [1.0, 2.0, None]),
        (["1.5", "NA", "2.5"], [1.5, None, 2.5]),
        (["a", "b", "3"], ["a", "b", "3"]),
    ],
)
def test_text_of_numbers_is_numbers_as_in_csv(tmp_path, kind, cells, expected):
    table = pa.table({"time": TIMES, "power": pa.array(cells).cast(kind)})
    frame, faults = read(tmp_path, table)
    assert faults == []
    assert [None if pd.isna(value) else value for value in frame] == expected


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (["1,5", "2,5", "3"], 'power: Row 1: "1,5" has a decimal comma'),
        (["1.5", "No Data", "3"], 'power: Row 2: "No Data" is not a number'),
    ],
)
@pytest.mark.parametrize("is_dictionary", [False, True])
def test_other_text_among_numbers_is_a_fault_of_its_row(tmp_path, cells, problem, is_dictionary):
    text = pa.array(cells)
    column = text.dictionary_encode() if is_dictionary else text
    frame, (fault,) = read(tmp_path, pa.table({"time": TIMES, "power": column}))
    assert frame is None
    assert problem in fault
