"""pandas values cross the wire exactly: dtypes, indexes, names, time zones and frequencies."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import pandas as hpd

Roundtrip = Callable[[object], object]

DTYPES = ["i1", "u4", "i8", "f4", "f8", "c16", "?", "M8[ns]", "m8[ns]"]
ZONES = ["UTC", "Europe/Berlin", "America/Denver", "Asia/Kathmandu", "-07:00"]
NAMES = st.one_of(
    st.none(), st.text(), st.integers(), st.tuples(st.text(), st.integers()), st.dates()
)
INDEXES = {
    "plain numbers": pd.Index([3, 1, 2], name="n"),
    "halves": pd.Index([0.5, np.nan, -0.0]),
    "small numbers": pd.Index([1, 2], dtype="u1"),
    "truths": pd.Index([True, False]),
    "text": pd.Index(["b", "a", "b"], name=("two", 2)),
    "mixed": pd.Index(["b", 1, None], dtype=object),
    "range": pd.RangeIndex(3, 12, 4, name=0),
    "backwards": pd.RangeIndex(5, 0, -2),
    "dates of Python": pd.Index([dt.date(2020, 1, 1), dt.date(2020, 1, 2)]),
    "text that looks like dates": pd.Index(["2020-01-01"], dtype=object),
    "durations": pd.timedelta_range("1D", periods=3, freq="12h"),
    "categories": pd.CategoricalIndex(["a", "b", None], ordered=True, name="c"),
    "days as periods": pd.period_range("2020-01-01", periods=3, freq="D"),
    "months as periods": pd.period_range("2020-01", periods=3, freq="M"),
    "quarter hours as periods": pd.period_range("2020", periods=2, freq="15min"),
    "masked": pd.Index([1, None], dtype="Int64"),
    "empty": pd.Index([], dtype="f8"),
    "no dates": pd.DatetimeIndex([]),
    "two levels": pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", None]),
    "levels with gaps": pd.MultiIndex.from_arrays([["a", None], [pd.Timestamp("2020"), pd.NaT]]),
}
COLUMNS = {
    "text": pd.Series(["a", "ü", ""]),
    "text with gaps": pd.Series(["a", None, "b"]),
    "text with NaN": pd.Series(["a", np.nan]),
    "string": pd.Series(["a", None], dtype="string"),
    "string of pandas 3": pd.Series(["a", None], dtype=pd.StringDtype("python", na_value=np.nan)),
    "Int64": pd.Series([1, None, 2**62], dtype="Int64"),
    "UInt8": pd.Series([1, None], dtype="UInt8"),
    "Float32": pd.Series([1.5, None], dtype="Float32"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "category": pd.Series(["a", "b", None, "a"], dtype="category"),
    "ordered": pd.Series(pd.Categorical([2, 1], categories=[3, 2, 1], ordered=True)),
    "category of dates": pd.Series(pd.date_range("2020", periods=2), dtype="category"),
    "seconds": pd.Series(pd.date_range("2020", periods=2, unit="s")),
    "dates with NaT": pd.Series([pd.Timestamp("2020"), pd.NaT]),
    "zoned with NaT": pd.Series([pd.Timestamp("2020", tz="Europe/Berlin"), pd.NaT]),
    "durations with NaT": pd.Series([pd.Timedelta("1h"), pd.NaT]),
    "periods": pd.Series(pd.period_range("2020", periods=2, freq="Y")),
    "objects": pd.Series([pd.Timestamp("2020"), 1, None, "x", (1, 2), pd.NA], dtype=object),
    "nothing": pd.Series([], dtype=object),
}


@given(
    hpd.data_frames(
        [hpd.column(f"c{i}", dtype=np.dtype(name)) for i, name in enumerate(DTYPES)],
        index=hpd.range_indexes(max_size=5),
    )
)
def test_every_plain_frame_comes_back_the_same(roundtrip: Roundtrip, value: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(roundtrip(value), value, check_exact=True)


@given(st.lists(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))), NAMES, NAMES)
def test_series_keep_their_time_stamps_and_names(
    roundtrip: Roundtrip, moments: list[dt.datetime], name: object, index_name: object
) -> None:
    index = pd.DatetimeIndex(moments, name=index_name)
    value = pd.Series(np.arange(len(index), dtype=float), index=index, name=name)
    pd.testing.assert_series_equal(roundtrip(value), value, check_exact=True)


@pytest.mark.parametrize("kind", INDEXES)
def test_every_kind_of_index_comes_back_the_same(roundtrip: Roundtrip, kind: str) -> None:
    value = INDEXES[kind]
    pd.testing.assert_index_equal(roundtrip(value), value, exact=True, check_exact=True)
    series = pd.Series(range(len(value)), index=value)
    pd.testing.assert_series_equal(roundtrip(series), series, check_freq=True)


@pytest.mark.parametrize("kind", INDEXES)
def test_every_kind_of_index_can_be_the_columns(roundtrip: Roundtrip, kind: str) -> None:
    value = pd.DataFrame(np.ones((2, len(INDEXES[kind]))), columns=INDEXES[kind])
    pd.testing.assert_frame_equal(roundtrip(value), value, check_column_type=True)


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_kind_of_column_comes_back_the_same(roundtrip: Roundtrip, kind: str) -> None:
    value = COLUMNS[kind]
    pd.testing.assert_series_equal(roundtrip(value), value)
    frame = pd.DataFrame({"a": value, "b": value})
    pd.testing.assert_frame_equal(roundtrip(frame), frame)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("start", ["2020-03-28 22:00", "2020-10-24 22:00"])
def test_time_zones_keep_every_instant_over_a_change(
    roundtrip: Roundtrip, zone: str, start: str
) -> None:
    index = pd.date_range(start, periods=24, freq="30min", tz="UTC").tz_convert(zone)
    value = pd.Series(np.arange(24.0), index=index)
    pd.testing.assert_series_equal(roundtrip(value), value, check_freq=True)
    pd.testing.assert_series_equal(roundtrip(index.to_series()), index.to_series())


@pytest.mark.parametrize(
    "freq",
    ["15min", "D", "3h", "ns", "-1D", "B", "W-WED", "2W-SUN", "ME", "MS", "QE-FEB", "YE", "YS-JUL"],
)
def test_every_frequency_comes_back(roundtrip: Roundtrip, freq: str) -> None:
    value = pd.date_range("2020-01-01", periods=4, freq=freq)
    back = roundtrip(value)
    pd.testing.assert_index_equal(back, value)
    assert back.freq == value.freq


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_time_stamps_keep_their_unit(roundtrip: Roundtrip, unit: str) -> None:
    for zone in (None, "Europe/Berlin"):
        value = pd.Timestamp("2020-10-25 00:30", tz="UTC").as_unit(unit).tz_convert(zone)
        assert roundtrip(value) == value
        assert (roundtrip(value).unit, str(roundtrip(value).tz)) == (unit, str(zone))


def test_scalars_of_pandas_come_back_the_same(roundtrip: Roundtrip) -> None:
    assert roundtrip(pd.NaT) is pd.NaT
    assert roundtrip(pd.NA) is pd.NA
    assert roundtrip(pd.Timedelta("90min")) == pd.Timedelta("90min")


def test_columns_of_one_name_stay_apart(roundtrip: Roundtrip) -> None:
    value = pd.DataFrame([[1, "a", 2.5], [2, "b", 3.5]], columns=["x", "x", "y"])
    pd.testing.assert_frame_equal(roundtrip(value), value)


def test_repeated_time_stamps_stay_repeated(roundtrip: Roundtrip) -> None:
    index = pd.DatetimeIndex(["2020-01-01", "2020-01-01", None])
    value = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}, index=index)
    pd.testing.assert_frame_equal(roundtrip(value), value)


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame(),
        pd.DataFrame(index=pd.RangeIndex(3)),
        pd.DataFrame(columns=["a", "b"]),
        pd.DataFrame({"a": pd.Series([], dtype="M8[ns]")}),
    ],
)
def test_empty_frames_come_back_the_same(roundtrip: Roundtrip, value: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(roundtrip(value), value)


def test_arrays_of_pandas_come_back_the_same(roundtrip: Roundtrip) -> None:
    value = pd.array([1, None], dtype="Int64")
    pd.testing.assert_extension_array_equal(roundtrip(value), value)


def test_a_column_that_no_wire_carries_crosses_as_plain_numbers(roundtrip: Roundtrip) -> None:
    sparse = pd.Series([0, 0, 1], dtype="Sparse[int64]")
    pd.testing.assert_series_equal(roundtrip(sparse), pd.Series([0, 0, 1]))
