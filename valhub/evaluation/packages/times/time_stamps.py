"""Columns of time stamps as people write them, made into one `DatetimeIndex`.

Naive text stays naive: it is the local time of the logger. Text with one and the same UTC offset
keeps that offset. Text whose offsets change, as over daylight saving, is put into the file's time
zone; without one nobody knows to which days its moments belong, which is a fault. Nothing is
guessed row by row: one format holds for a whole column, and what leaves two readings possible is a
fault.
"""

from datetime import timedelta, timezone, tzinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from valhub.evaluation.packages.times.stamp_faults import StampFault, changed_offset
from valhub.evaluation.packages.times.time_columns import (
    MISSING,
    TimeColumn,
    written_column,
)

_OFFSET = r"(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)\s*$"


def parse_text(
    text: pa.ChunkedArray, zone: str | None, time_format: str | None = None
) -> pd.DatetimeIndex | list[StampFault]:
    """Parse time stamps written as text.

    Parameters
    ----------
    text : pyarrow.ChunkedArray of string
        One time stamp per row: ISO 8601, or any other one way to write them all.
    zone : str or None
        IANA name of the time zone for offsets that change; without one they are a fault.
    time_format : str, optional
        The format that the package declares; a file in ISO 8601 is read without it.

    Returns
    -------
    pandas.DatetimeIndex or list of StampFault
        The index is as long as the text, in nanoseconds, and no row of it is missing or guessed;
        otherwise what is wrong. An empty list says that no row is a time stamp.
    """
    column = TimeColumn(written_column(text), time_format)
    faults = list(column.faults())
    if faults or not column.has_any:
        return faults
    index = pd.DatetimeIndex(column.moments.ns.view("M8[ns]"))
    offsets = column.offsets()
    if zone is None and len(offsets) > 1:
        return [column.offset_change()]
    return _in_zone(index.tz_localize("UTC"), offsets, zone) if offsets else index


def from_utc(
    moments: pa.ChunkedArray, text: pa.ChunkedArray, zone: str | None
) -> pd.DatetimeIndex | list[StampFault]:
    """Put moments that were parsed from text with offsets back into its time zone.

    Parameters
    ----------
    moments : pyarrow.ChunkedArray of timestamp
        The rows in UTC.
    text : pyarrow.ChunkedArray of string
        The same rows as written.
    zone : str or None
        As for `parse_text`.
    """
    written = pc.struct_field(pc.extract_regex(text, _OFFSET), "offset")
    offsets = {text: _minutes(text) for text in pc.unique(written).drop_null().to_pylist()}
    minutes = set(offsets.values())
    if zone is None and len(minutes) > 1:
        return [_offset_change(text, written, offsets)]
    return _in_zone(index_of(moments), minutes, zone)


def _offset_change(
    text: pa.ChunkedArray, written: pa.ChunkedArray, offsets: dict[str, int]
) -> StampFault:
    """Find the first row whose offset is another than the first one's."""
    first = offsets[written.drop_null()[0].as_py()]
    others = pa.array([text for text, minutes in offsets.items() if minutes != first])
    row = pc.index(pc.is_in(written, value_set=others), True).as_py()
    return changed_offset(row, text[row].as_py())


def index_of(moments: pa.ChunkedArray) -> pd.DatetimeIndex:
    """Make an index, in nanoseconds, of Arrow's dates or time stamps without `moment_faults`."""
    if moments.type.equals(pa.timestamp("s")):
        # What Arrow reads from most files; going through pandas copies it three times.
        return pd.DatetimeIndex(moments.cast(pa.timestamp("ns")).to_numpy(), copy=False)
    values = moments.to_pandas(date_as_object=False)
    return pd.DatetimeIndex(values).as_unit("ns").rename(None)


def missing_rows(column: pa.ChunkedArray) -> list[StampFault]:
    """Find the rows without a time stamp; an empty list when there is no other."""
    missing = column.is_null().to_numpy()
    if missing.all():
        return []
    return [StampFault([int(row) for row in np.flatnonzero(missing)], *MISSING, [])]


def _minutes(offset: str) -> int:
    if offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if offset[0] == "-" else minutes


def _in_zone(moments: pd.DatetimeIndex, offsets: set[int], zone: str | None) -> pd.DatetimeIndex:
    return moments.tz_convert(_fixed(offsets.pop()) if len(offsets) == 1 else zone or "UTC")


def _fixed(minutes: int) -> tzinfo | str:
    return timezone(timedelta(minutes=minutes)) if minutes else "UTC"
