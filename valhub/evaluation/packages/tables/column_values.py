"""Columns of data files, of whatever type Arrow read, as the values that algorithms receive."""

import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valhub.evaluation.packages.times.moments import FIRST_YEAR, LAST_YEAR
from valhub.evaluation.packages.times.stamp_faults import MOST_QUOTED, StampFault
from valhub.evaluation.packages.times.time_columns import OUT_OF_RANGE
from valhub.evaluation.packages.times.zone_names import time_zones
from valhub.texts import cut

_FIXED_OFFSET = re.compile(r"[+-]([01]\d|2[0-3]):[0-5]\d")
_DAY = 86_400


def is_moments(kind: pa.DataType) -> bool:
    """Return whether a column holds dates or time stamps."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def is_text(kind: pa.DataType) -> bool:
    """Return whether a column holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write out a column that was stored as a dictionary, or as views of text."""
    if pa.types.is_dictionary(column.type):
        return plain(column.cast(column.type.value_type))
    if pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    return column


def moment_faults(column: pa.ChunkedArray) -> list[StampFault]:
    """Find what keeps dates or time stamps from being read.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of dates or time stamps.

    Returns
    -------
    list of StampFault
        A time zone that does not exist, which is a fault of no row, or the rows that nanoseconds
        cannot count.
    """
    zone = getattr(column.type, "tz", None)
    if zone and not _is_known(zone):
        problem = f'The column has the time zone "{cut(zone)}", which does not exist.'
        fix = "Convert it to UTC or to an IANA time zone such as Europe/Berlin, and save it again."
        return [StampFault([], problem, fix, [])]
    if not _has_any_beyond(column):
        return []
    rows = np.flatnonzero(_is_beyond(column)).tolist()
    return [StampFault(rows, *OUT_OF_RANGE, [_written(column, row) for row in rows[:MOST_QUOTED]])]


def values_of(column: pa.ChunkedArray) -> Any:
    """Convert a column to what the wire carries; None when there is no such type.

    The caller has looked for `moment_faults`.
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    if pa.types.is_decimal(kind) or (pa.types.is_boolean(kind) and column.null_count):
        return values_of(column.cast(pa.float64()))
    if pa.types.is_time(kind):
        _check_times(column)
        return values_of(pc.cast(column, pa.string()))
    if pa.types.is_large_string(kind):
        return values_of(pc.cast(column, pa.string()))
    if is_moments(kind):
        return pd.DatetimeIndex(column.to_pandas(date_as_object=False)).as_unit("ns").array
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return column.to_pandas().to_numpy()
    if not pa.types.is_string(kind):
        return None
    column.validate(full=True)  # What is not UTF-8 would fail later, in other words.
    return column.to_pandas().array


def _is_known(zone: str) -> bool:
    return zone in time_zones() or zone.upper() == "UTC" or bool(_FIXED_OFFSET.fullmatch(zone))


def _unit(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "D" if pa.types.is_date32(kind) else "ms"
    return str(kind.unit)


def _counts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column's time units since 1970."""
    return column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())


@cache
def _bounds(unit: str) -> tuple[int, int]:
    """Return where the years begin that nanoseconds can count, and where the next one begins."""
    first, end = (
        int(np.array(f"{year}-01-01", f"M8[{unit}]").astype(np.int64))
        for year in (FIRST_YEAR, LAST_YEAR + 1)
    )
    return first, end


def _has_any_beyond(column: pa.ChunkedArray) -> bool:
    first, end = _bounds(_unit(column.type))
    found = pc.min_max(_counts(column)).as_py()
    return found["min"] is not None and not first <= found["min"] <= found["max"] < end


def _is_beyond(column: pa.ChunkedArray) -> Any:
    """Mark the rows outside the years that nanoseconds can count; Arrow's own `year` overflows."""
    counts = _counts(column)
    first, end = (pa.scalar(bound, counts.type) for bound in _bounds(_unit(column.type)))
    beyond = pc.or_(pc.less(counts, first), pc.greater_equal(counts, end))
    return pc.fill_null(beyond, fill_value=False).to_numpy()


def _written(column: pa.ChunkedArray, row: int) -> str:
    """Write one moment, however far away; NumPy can."""
    count = _counts(column.slice(row, 1))[0].as_py()
    moment = np.array(count).astype(f"M8[{_unit(column.type)}]")
    offset = "Z" if getattr(column.type, "tz", None) else ""
    return cut(str(moment).replace("T", " ") + offset)


def _check_times(column: pa.ChunkedArray) -> None:
    """Raise `ValueError` for a time of day beyond 24 hours, which Arrow writes as an apology."""
    is_32 = pa.types.is_time32(column.type)
    counts = column.cast(pa.int32() if is_32 else pa.int64())
    most = int(np.array(_DAY, "m8[s]").astype(f"m8[{column.type.unit}]").astype(np.int64))
    if pc.any(pc.or_(pc.less(counts, 0), pc.greater_equal(counts, most))).as_py():
        raise ValueError("a time of day is not between 00:00 and 24:00")
