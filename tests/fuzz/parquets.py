"""Parquet files of every type, with odd names, zones and values, and with damaged bytes."""

import io
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.odd_values import ZONES, Dice

TYPES: tuple[Callable[[Dice], pa.DataType], ...] = (
    lambda dice: pa.timestamp(dice.choice(["s", "ms", "us", "ns"])),
    lambda dice: pa.timestamp(dice.choice(["ms", "us", "ns"]), dice.choice([*ZONES, dice.text()])),
    lambda dice: dice.choice([pa.date32(), pa.date64(), pa.time32("ms"), pa.time64("ns")]),
    lambda dice: dice.choice([pa.int8(), pa.uint8(), pa.int32(), pa.int64(), pa.uint64()]),
    lambda dice: dice.choice([pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.null()]),
    lambda dice: dice.choice([pa.decimal128(38, 10), pa.decimal256(76, 0), pa.duration("ns")]),
    lambda dice: dice.choice([pa.string(), pa.large_string(), pa.binary(), pa.binary(4)]),
    lambda dice: pa.list_(dice.choice([pa.int8(), pa.string(), pa.list_(pa.float64())])),
    lambda dice: pa.struct({"a": pa.int64(), dice.choice(["a.b", "b"]): pa.string()}),
    lambda dice: pa.map_(pa.string(), pa.int64()),
    lambda dice: pa.dictionary(pa.int8(), dice.choice([pa.string(), pa.int64(), pa.float64()])),
)
INTEGERS = (0, 1, -1, 127, 255, 2**31 - 1, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 1704067200)


def series(rows: int, minutes: int = 60, value: str = "ac_power") -> bytes:
    """Make a sound data file."""
    start = datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    stamps = [start + timedelta(minutes=minutes * number) for number in range(rows)]
    numbers = [float(stamp.hour) for stamp in stamps]
    return written(pa.table({"measured_on": pa.array(stamps, pa.timestamp("us")), value: numbers}))


def written(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def mutate_parquet(dice: Dice, content: bytes) -> bytes:
    """Return a changed Parquet file."""
    if dice.chance(0.25):
        return damaged(dice, content)
    table = pq.read_table(io.BytesIO(content))
    changes = [dice.choice(CHANGES) for _ in range(dice.choice([1, 1, 2]))]
    # A table is grown last: what follows would write large values into each of its rows.
    for change in sorted(changes, key=lambda change: change is grow):
        table = change(dice, table)
    group = dice.choice([None, 1, 7]) if table.num_rows < 100_000 else None
    compression = dice.choice(["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
    try:
        content = written(table, compression=compression, row_group_size=group)
    except (pa.ArrowException, UnicodeError, ValueError, TypeError):
        return content[: dice.randrange(len(content))]
    return damaged(dice, content) if dice.chance(0.1) else content


def damaged(dice: Dice, content: bytes) -> bytes:
    """Damage a file anywhere, in its footer, in its names, or in the length of its footer."""
    kind = dice.randrange(5)
    if kind == 0:
        return dice.damaged(content)
    footer = len(content) - 8 - struct.unpack("<I", content[-8:-4])[0]
    if kind == 1 and footer > 0:
        return content[:footer] + dice.damaged(content[footer:-8]) + content[-8:]
    if kind == 2:
        return content[:-8] + struct.pack("<I", dice.choice([0, 1, 2**31, 2**32 - 1])) + b"PAR1"
    if kind == 3:
        name = dice.choice([b"ac_power", b"measured_on"])
        return content.replace(name, b"\xff\xfe" + name[2:])
    return content[:4] + dice.damaged(content[4:-8]) + content[-8:]


def array_of(dice: Dice, kind: pa.DataType, rows: int) -> pa.Array:
    """Make an array of a type, of what its values can be."""

    def one() -> Any:
        if dice.chance(0.1):
            return None
        return dice.choice([dice.text(), dice.choice(INTEGERS), 0.5, float("nan"), b"\xff\0", True])

    if pa.types.is_temporal(kind) or pa.types.is_integer(kind):
        width = pa.int32() if kind.bit_width == 32 else pa.int64()
        bound = 2 ** (min(kind.bit_width, width.bit_width) - 1) - 1
        numbers = [max(-bound, min(bound, dice.choice(INTEGERS))) for _ in range(rows)]
        return pa.array(numbers, width).cast(kind, safe=False)
    if pa.types.is_dictionary(kind):
        return pa.array([one_of(one(), kind.value_type) for _ in range(rows)]).dictionary_encode()
    return pa.array([one_of(one(), kind) for _ in range(rows)], kind)


def one_of(value: Any, kind: pa.DataType) -> Any:
    """Return a value if an array of a type can hold it, else none."""
    try:
        return pa.scalar(value, kind).as_py() if value is not None else None
    except (pa.ArrowException, UnicodeError, ValueError, TypeError, OverflowError):
        return None


def other_type(dice: Dice, table: pa.Table) -> pa.Table:
    """Give a column values of another type."""
    at = dice.randrange(max(table.num_columns, 1))
    kind = dice.choice(TYPES)(dice)
    name = table.column_names[at] if table.num_columns else "a"
    column = array_of(dice, kind, table.num_rows)
    return table.set_column(at, name, column) if table.num_columns else pa.table({name: column})


def cast(dice: Dice, table: pa.Table) -> pa.Table:
    """Write a column's values as another type, where that can be."""
    at = dice.randrange(max(table.num_columns, 1))
    try:
        column = table.column(at).cast(dice.choice(TYPES)(dice), safe=False)
    except (pa.ArrowException, UnicodeError, ValueError, IndexError):
        return table
    return table.set_column(at, table.column_names[at], column)


def other_names(dice: Dice, table: pa.Table) -> pa.Table:
    name = dice.choice([dice.text(), *table.column_names])
    names = [name if dice.chance(0.5) else old for old in table.column_names]
    try:
        return table.rename_columns(names)
    except UnicodeError:
        return table


def other_columns(dice: Dice, table: pa.Table) -> pa.Table:
    if dice.chance(0.3) and table.num_columns:
        return table.remove_column(dice.randrange(table.num_columns))
    column = array_of(dice, dice.choice(TYPES)(dice), table.num_rows)
    try:
        return table.add_column(dice.randrange(table.num_columns + 1), dice.text(), column)
    except UnicodeError:
        return table


def other_rows(dice: Dice, table: pa.Table) -> pa.Table:
    numbers = [dice.randrange(max(table.num_rows, 1)) for _ in range(min(table.num_rows, 50))]
    rows = pa.array(numbers, pa.int64())
    return dice.choice([table.slice(0, 0), table.slice(0, 1), table.take(rows)])


def grow(dice: Dice, table: pa.Table) -> pa.Table:
    """Make a small file that unfolds to very much."""
    rows = dice.choice([100_000, 3_000_000])
    if dice.chance(0.3):
        many = dice.choice([100, 3000])
        return pa.table({f"c{number}": [1.0] for number in range(many)})
    values = {
        "text": pa.array(["x" * 40]).dictionary_encode(),
        "number": pa.array([1.0]),
        "nothing": pa.nulls(1),
    }
    column = values[dice.choice(sorted(values))].take(pa.nulls(rows, pa.int8()).fill_null(0))
    return pa.table({"measured_on": column, "ac_power": column})


def other_metadata(dice: Dice, table: pa.Table) -> pa.Table:
    """Say something else to pandas about the table."""
    index = '{{"index_columns": [{}], "columns": [], "column_indexes": []}}'
    said: tuple[Mapping[bytes, bytes], ...] = (
        {b"pandas": b"{"},
        {b"pandas": b"\xff"},
        {b"pandas": index.format('"measured_on"').encode()},
        {b"pandas": index.format('"not_there"').encode()},
        {b"pandas": index.format('{"kind": "range", "start": 0, "stop": 9, "step": 0}').encode()},
        {b"pandas": b"[" * 100_000},
        {dice.randbytes(4): dice.randbytes(100)},
    )
    return table.replace_schema_metadata(dice.choice(said))


CHANGES: tuple[Callable[[Dice, pa.Table], pa.Table], ...] = (
    other_type, other_type, other_type, cast, cast, other_names, other_columns, other_rows,
    other_metadata, grow,
)  # fmt: skip
