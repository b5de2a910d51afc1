"""pandas values on the wire: Series, DataFrame, every common Index, time stamps and missing marks.

A column crosses as its plain arrays plus what pandas needs to rebuild it under any version from 1.5
to 3: time zone, unit, mask, categories. A dtype that the other side's pandas does not have becomes
the nearest one it has (`str` of pandas 3 is `object` before it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import arrays, frequencies
from .errors import MalformedFrame, Unencodable
from .moments import zone_name, zone_node, zone_value
from .packed import pack_text

if TYPE_CHECKING:
    from .values import Reader, Writer

# A range costs nothing to send and much to unfold, so it has a limit of its own and is never data.
MAX_RANGE = 10_000_000
# A column takes a few bytes to send and kilobytes to build.
MAX_COLUMNS = 10_000


def encode(writer: Writer, value: Any) -> Any:
    """Encode a pandas value; None for anything else."""
    if value is pd.NaT:
        return {"t": "nat"}
    if value is pd.NA:
        return {"t": "na"}
    if isinstance(value, pd.Timestamp):
        moment = value if value.tzinfo is None else value.tz_convert("UTC").tz_localize(None)
        zone = zone_node(value.tzinfo, value)
        node = arrays.encode(writer, moment.to_datetime64())
        return {"t": "timestamp", "v": node, "zone": zone}
    if isinstance(value, pd.Timedelta):
        return {"t": "pd.timedelta", "v": arrays.encode(writer, value.to_timedelta64())}
    if isinstance(value, pd.Series):
        return {
            "t": "series",
            "v": _column(writer, value.array),
            "index": _index(writer, value.index),
            "name": writer.node(value.name),
        }
    if isinstance(value, pd.DataFrame):
        if value.shape[1] > MAX_COLUMNS:
            raise Unencodable(f"a DataFrame of more than {MAX_COLUMNS:,} columns")
        return {
            "t": "frame",
            "v": [_column(writer, value.iloc[:, i].array) for i in range(value.shape[1])],
            "index": _index(writer, value.index),
            "columns": _index(writer, value.columns),
        }
    if isinstance(value, pd.Index):
        return _index(writer, value)
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return {"t": "array", "v": _column(writer, value)}
    return None


def _column(writer: Writer, column: Any) -> Any:
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        moments = np.asarray(column.tz_convert("UTC").tz_localize(None))
        return {"t": "zoned", "v": arrays.encode(writer, moments), "zone": zone_node(dtype.tz)}
    if isinstance(dtype, pd.CategoricalDtype):
        return {
            "t": "categorical",
            "codes": arrays.encode(writer, np.asarray(column.codes)),
            "categories": _index(writer, column.categories),
            "ordered": bool(column.ordered),
        }
    if isinstance(dtype, pd.StringDtype):
        return _strings(writer, column)
    if hasattr(column, "_mask") and hasattr(column, "_data"):
        missing = np.asarray(column.isna())
        plain = column.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return {
            "t": "masked",
            "dtype": dtype.name,
            "v": arrays.encode(writer, plain),
            "missing": arrays.encode(writer, missing),
        }
    if isinstance(dtype, pd.PeriodDtype):
        node = arrays.encode(writer, np.asarray(column.asi8))
        return {"t": "periods", "v": node, "freq": frequencies.encode(dtype.freq)}
    # Intervals and the rest cross as what NumPy makes of them, or not at all.
    return writer.node(np.asarray(column))


def _strings(writer: Writer, column: Any) -> Any:
    missing = np.asarray(column.isna())
    items = ["" if gone else str(item) for item, gone in zip(column, missing)]
    return {
        "t": "strings",
        "v": {"t": "text", **pack_text(writer, items)},
        "missing": arrays.encode(writer, missing),
        "storage": column.dtype.storage,
        "nan": column.dtype.na_value is not pd.NA,
    }


def _index(writer: Writer, index: pd.Index[Any]) -> Any:
    if isinstance(index, pd.MultiIndex):
        return {
            "t": "multi",
            "levels": [_index(writer, level) for level in index.levels],
            "codes": [arrays.encode(writer, np.asarray(codes)) for codes in index.codes],
            "names": [writer.node(name) for name in index.names],
        }
    name = writer.node(index.name)
    if isinstance(index, pd.RangeIndex) and len(index) <= MAX_RANGE:
        return {"t": "range", "v": [index.start, index.stop, index.step], "name": name}
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        node = {"t": "index", "v": _column(writer, index.array), "name": name}
        return {**node, "freq": frequencies.encode(index.freq)}
    return {"t": "index", "v": _column(writer, index.array), "name": name}


def decode(reader: Reader, node: Any) -> Any:
    """Decode what `encode` wrote, with this side's pandas."""
    decoder = _DECODERS.get(node["t"])
    if decoder is None:
        raise MalformedFrame("a type that the wire does not carry")
    return decoder(reader, node)


def _plain(reader: Reader, node: Any) -> Any:
    """Decode a column's array, in a unit that this pandas knows.

    Anything else, such as a number, pandas would spread over a whole index.
    """
    value = reader.value(node)
    array = isinstance(value, (np.ndarray, pd.api.extensions.ExtensionArray))
    if not array or value.ndim != 1:
        raise MalformedFrame("a column that is not an array")
    if isinstance(value, np.ndarray) and value.dtype.kind in "mM":
        return _supported_unit(value)
    return value


def _supported_unit(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if pd.__version__.startswith("1."):
        return value.astype(value.dtype.kind + "8[ns]", copy=False)
    return value


def _zoned(reader: Reader, node: Any) -> Any:
    index = pd.DatetimeIndex(_plain(reader, node["v"]))
    return index.tz_localize("UTC").tz_convert(_zone(node["zone"])).array


def _zone(node: Any) -> Any:
    # Before pandas 3 a named zone is one of pytz, which carries its own database.
    if isinstance(node, str) and int(pd.__version__.split(".")[0]) < 3:
        return zone_name(node)
    return zone_value(node)


def _timestamp(reader: Reader, node: Any) -> pd.Timestamp:
    moment = pd.Timestamp(reader.value(node["v"]))
    return moment.tz_localize("UTC").tz_convert(_zone(node["zone"])) if node["zone"] else moment


def _periods(reader: Reader, node: Any) -> Any:
    dtype = pd.PeriodDtype(frequencies.decode(node["freq"]))
    return pd.arrays.PeriodArray(_plain(reader, node["v"]), dtype=dtype)


def _categorical(reader: Reader, node: Any) -> Any:
    categories = reader.value(node["categories"])
    codes = _plain(reader, node["codes"])
    reader.spend(len(categories))
    return pd.Categorical.from_codes(codes, categories=categories, ordered=node["ordered"])


def _masked(reader: Reader, node: Any) -> Any:
    if node["dtype"] not in _MASKED:
        raise MalformedFrame("a masked dtype that pandas does not have")
    array = pd.array(_plain(reader, node["v"]), dtype=node["dtype"])
    array[_plain(reader, node["missing"])] = pd.NA
    return array


_MASKED = frozenset(
    ["boolean", "Float32", "Float64"]
    + [f"{sign}nt{bits}" for sign in ("I", "UI") for bits in (8, 16, 32, 64)]
)


def _decode_strings(reader: Reader, node: Any) -> Any:
    items = _plain(reader, node["v"])
    items[_plain(reader, node["missing"])] = np.nan if node["nan"] else None
    try:
        if node["nan"]:
            dtype = pd.StringDtype(node["storage"], na_value=np.nan)
        else:
            dtype = pd.StringDtype(node["storage"])
        return pd.array(items, dtype=dtype)
    except (ImportError, TypeError):
        # This pandas is older, or has no pyarrow: the nearest it has.
        return items if node["nan"] else pd.array(items, dtype="string")


def _decode_index(reader: Reader, node: Any) -> Any:
    values = _plain(reader, node["v"])
    # An index of objects stays one: pandas would guess dates and numbers otherwise.
    dtype = object if _is_object(values) else None
    index: Any = pd.Index(values, dtype=dtype, name=reader.value(node["name"]), copy=False)
    if node.get("freq"):
        try:
            freq = frequencies.decode(node["freq"])
            # A fixed step is checked at once; months and business days one by one.
            reader.spend(0 if isinstance(freq, pd.offsets.Tick) else len(index))
            index.freq = freq
        except ValueError:
            return index  # This pandas does not have it; the time stamps are right without.
    return index


def _range(reader: Reader, node: Any) -> pd.RangeIndex:
    start, stop, step = node["v"]
    index = pd.RangeIndex(start, stop, step, name=reader.value(node["name"]))
    if len(index) > MAX_RANGE:
        raise MalformedFrame("a range that is too long")
    return index


def _multi(reader: Reader, node: Any) -> pd.MultiIndex:
    levels = [reader.value(level) for level in node["levels"]]
    reader.spend(sum(map(len, levels)))
    return pd.MultiIndex(
        levels=levels,
        codes=[_plain(reader, codes) for codes in node["codes"]],
        names=[reader.value(name) for name in node["names"]],
    )


def _series(reader: Reader, node: Any) -> pd.Series[Any]:
    values = _plain(reader, node["v"])
    name = reader.value(node["name"])
    dtype = object if _is_object(values) else None
    return pd.Series(values, index=reader.value(node["index"]), name=name, dtype=dtype, copy=False)


def _frame(reader: Reader, node: Any) -> pd.DataFrame:
    if len(node["v"]) > MAX_COLUMNS:
        raise MalformedFrame("a table of too many columns")
    index = reader.value(node["index"])
    columns = [
        pd.Series(values, index=index, copy=False, dtype=object if _is_object(values) else None)
        for values in (_plain(reader, column) for column in node["v"])
    ]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=index)
    frame.columns = reader.value(node["columns"])
    return frame


def _is_object(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind == "O"


_DECODERS: dict[str, Any] = {
    "nat": lambda *_: pd.NaT,
    "na": lambda *_: pd.NA,
    "timestamp": _timestamp,
    "pd.timedelta": lambda reader, node: pd.Timedelta(reader.value(node["v"])),
    "series": _series,
    "frame": _frame,
    "array": lambda reader, node: _plain(reader, node["v"]),
    "index": _decode_index,
    "range": _range,
    "multi": _multi,
    "zoned": _zoned,
    "periods": _periods,
    "categorical": _categorical,
    "masked": _masked,
    "strings": _decode_strings,
}
