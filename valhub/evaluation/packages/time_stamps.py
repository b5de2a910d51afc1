"""Columns of time stamps as people write them, made into one `DatetimeIndex`.

Naive text stays naive: it is the local time of the logger. Text with one and the same UTC offset
keeps that offset. Text whose offsets change, as over daylight saving, is put into the file's time
zone, else UTC. Nothing is guessed row by row: one format holds for a whole column.
"""

import warnings
from datetime import timedelta, timezone, tzinfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.tseries.api import guess_datetime_format

_OFFSET = r"\d:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)\s*$"
_TRIED_ROWS = 20


def parse_text(text: pa.ChunkedArray, zone: str | None) -> pd.DatetimeIndex:
    """Parse time stamps written as text.

    Parameters
    ----------
    text : pyarrow.ChunkedArray of string
        One time stamp per row: ISO 8601, or any one format that the first row shows (months before
        days where it does not).
    zone : str or None
        IANA name of the time zone for offsets that change.

    Returns
    -------
    pandas.DatetimeIndex
        As long as the text, in nanoseconds; NaT where a row cannot be read, is missing, or lacks
        the offset that the others have.
    """
    offsets = pc.struct_field(pc.extract_regex(text, _OFFSET), "offset")
    is_aware = offsets.null_count < len(offsets)
    parsed = _parse(text, is_aware=is_aware)
    if not is_aware:
        return parsed
    has_offset = offsets.is_valid().to_numpy(zero_copy_only=False)
    aware = pd.DatetimeIndex(parsed.where(has_offset))
    return _in_zone(aware, pc.unique(offsets).drop_null().to_pylist(), zone)


def from_utc(moments: pa.ChunkedArray, text: pa.ChunkedArray, zone: str | None) -> pd.DatetimeIndex:
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
    offsets = pc.unique(pc.struct_field(pc.extract_regex(text, _OFFSET), "offset"))
    return _in_zone(index_of(moments), offsets.drop_null().to_pylist(), zone)


def index_of(moments: pa.ChunkedArray) -> pd.DatetimeIndex:
    """Make an index, in nanoseconds, of Arrow's dates or time stamps.

    Raises
    ------
    pandas.errors.OutOfBoundsDatetime
        For years before 1678 or after 2261, which nanoseconds cannot count.
    """
    values = moments.to_pandas(date_as_object=False)
    return pd.DatetimeIndex(values).as_unit("ns").rename(None)


def _in_zone(moments: pd.DatetimeIndex, offsets: list[str], zone: str | None) -> pd.DatetimeIndex:
    if len(offsets) == 1:
        return moments.tz_convert(_fixed(offsets[0]))
    return moments.tz_convert(zone or "UTC")


def _fixed(offset: str) -> tzinfo | str:
    if offset == "Z":
        return "UTC"
    digits = offset[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-delta if offset[0] == "-" else delta) if delta else "UTC"


def _parse(text: pa.ChunkedArray, *, is_aware: bool) -> pd.DatetimeIndex:
    # pandas takes "now" and "today" for time stamps; text without a digit is not one here.
    dated = pc.if_else(pc.match_substring_regex(text, r"[0-9]"), text, None)
    shape = _format_of(dated)
    empty = pd.DatetimeIndex([], tz="UTC" if is_aware else None)
    # Chunk by chunk, so that never more than a megabyte of Python strings exists at once.
    parts = [
        pd.DatetimeIndex(
            pd.to_datetime(chunk.to_pandas(), format=shape, errors="coerce", utc=is_aware)
        ).as_unit("ns")
        for chunk in pc.utf8_trim_whitespace(dated).chunks
    ]
    return pd.DatetimeIndex(empty.append(parts))


def _format_of(text: pa.ChunkedArray) -> str:
    """Return the format of the first rows' first readable time stamp."""
    for value in text.slice(0, _TRIED_ROWS).drop_null().to_pylist():
        if not pd.isna(pd.to_datetime(value.strip(), format="ISO8601", errors="coerce")):
            return "ISO8601"
        with warnings.catch_warnings():
            # It warns of days before months, which is what the row shows.
            warnings.simplefilter("ignore")
            shape = guess_datetime_format(value.strip())
        if shape is not None:
            return shape
    return "ISO8601"


def unreadable(index: pd.DatetimeIndex) -> list[int]:
    """List the rows that have no time stamp."""
    return [int(row) for row in np.flatnonzero(index.isna())]
