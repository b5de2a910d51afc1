"""Data files as algorithms get them: time stamps, types, gaps, and lines of what is unreadable."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.evaluation.packages.faults import FaultList
from valhub.evaluation.packages.tables.frames import read_frame

DST = "2024-03-10 01:30:00-07:00", "2024-03-10 03:00:00-06:00"


@pytest.fixture
def read(tmp_path):
    def read_text(text: str | bytes, zone: str | None = None, suffix: str = "csv"):
        path = tmp_path / f"x.{suffix}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        faults = FaultList("package")
        frame = read_frame(path, file="data/files/x", zone=zone, faults=faults)
        faults.raise_if_any()
        assert frame is not None
        return frame

    return read_text


def stamped(*stamps: str) -> str:
    return "time,power\n" + "".join(f"{stamp},{n}\n" for n, stamp in enumerate(stamps))


def test_one_column_is_a_series_of_its_name(read):
    series = read(stamped("2024-01-01 00:00:00", "2024-01-01 00:15:00"))
    assert isinstance(series, pd.Series)
    assert (series.name, series.index.name) == ("power", "time")
    assert series.index.dtype == "datetime64[ns]"
    assert series.tolist() == [0, 1]


def test_several_columns_are_a_frame(read):
    frame = read("time,power,state\n2024-01-01,1.5,ok\n2024-01-02,,\n")
    assert list(frame.columns) == ["power", "state"]
    assert np.isnan(frame["power"].iloc[1])
    assert frame["state"].tolist() == ["ok", None]


def test_index_without_a_name_stays_without(read):
    assert read(",power\n2024-01-01,1\n").index.name is None


def test_doubled_and_unsorted_time_stamps_are_kept(read):
    stamps = "2024-01-02 00:00:00", "2024-01-01 00:00:00", "2024-01-01 00:00:00"
    assert read(stamped(*stamps)).index.strftime("%d").tolist() == ["02", "01", "01"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["1", "2"], "int64"),
        (["1", ""], "float64"),
        (["1", "2.5"], "float64"),
        (["true", "false"], "bool"),
        (["true", ""], "float64"),
        (["", "NaN"], "float64"),
        (["a", "1"], "object"),
        (["2024-01-01", "2024-01-02"], "datetime64[ns]"),
        (["10:30:00", "11:00:00"], "object"),
    ],
)
def test_values_get_plain_types(read, values, dtype):
    first, second = values
    assert read(f"t,v\n2024-01-01,{first}\n2024-01-02,{second}\n").dtype == dtype


def test_byte_order_mark_and_windows_line_ends_are_fine(read):
    assert read(b"\xef\xbb\xbftime,v\r\n2024-01-01,1\r\n").index.name == "time"


def test_line_breaks_inside_quotes_are_read(read):
    frame = read('time,v,note\n2024-01-01,1,"two\nlines"\n2024-01-02,2,one\n')
    assert frame["note"].tolist() == ["two\nlines", "one"]


def test_one_offset_is_kept(read):
    index = read(stamped("2024-01-01 00:00:00-07:00", "2024-07-01 00:00:00-07:00")).index
    assert str(index.tz) == "UTC-07:00"
    assert index[1].hour == 0


def test_offsets_of_daylight_saving_go_into_the_files_zone(read):
    index = read(stamped(*DST), zone="America/Denver").index
    assert str(index.tz) == "America/Denver"
    assert index.hour.tolist() == [1, 3]


def test_offsets_that_change_go_into_utc_where_that_is_the_zone(read):
    index = read(stamped(*DST), zone="UTC").index
    assert str(index.tz) == "UTC"
    assert index.hour.tolist() == [8, 9]


@pytest.mark.parametrize(
    "stamps",
    [
        DST,
        tuple(f"10.03.2024 {stamp[11:]}" for stamp in DST),
        ("2024-07-01T00:00:00Z", "2024-07-01T01:00:00+00:00", "2024-07-01T03:00:00+01"),
    ],
    ids=["ISO", "dots", "UTC first"],
)
def test_offsets_that_change_without_a_zone_are_a_fault(read, faults_of, stamps):
    (fault,) = faults_of(lambda: read(stamped(*stamps)))
    assert (fault.file, fault.line) == ("data/files/x", 1 + len(stamps))
    assert fault.problem.startswith(f'"{stamps[-1]}" has another UTC offset')
    assert "timezone" in fault.fix


def test_text_in_parquet_whose_offsets_change_without_a_zone_is_a_fault(read, faults_of):
    buffer = io.BytesIO()
    pd.DataFrame({"time": DST, "power": [1, 2]}).to_parquet(buffer)
    (fault,) = faults_of(lambda: read(buffer.getvalue(), suffix="parquet"))
    assert fault.problem.startswith(f'Row 2: "{DST[1]}" has another UTC offset')


@pytest.mark.parametrize("stamp", ["2024-01-01T12:00:00Z", "2024-01-01 12:00:00+00:00"])
def test_utc_text_is_utc(read, stamp):
    assert read(stamped(stamp)).index[0] == pd.Timestamp("2024-01-01 12:00", tz="UTC")


@pytest.mark.parametrize("other", ["+00:00", "+0000", "-00:00", "+00"])
def test_zero_is_one_offset_however_it_is_written(read, other):
    index = read(stamped("2024-01-01 00:00Z", f"2024-01-01 00:15{other}"), "America/Denver").index
    assert str(index.tz) == "UTC"


def test_open_dates_name_file_line_and_value(read, faults_of):
    (fault,) = faults_of(lambda: read(stamped("05/05/2024", "03/04/2024", "03/04/2024")))
    assert (fault.file, fault.line) == ("data/files/x", 3)
    assert fault.problem.startswith('"03/04/2024" reads as 3 April 2024 (day first)')


def test_naive_time_stamps_stay_naive_whatever_the_zone(read):
    assert read(stamped("2024-01-01 00:00:00"), zone="America/Denver").index.tz is None


@pytest.mark.parametrize(
    ("stamps", "second"),
    [
        (("1/31/2024 0:15", "2/1/2024 13:30"), "2024-02-01 13:30"),
        (("31/01/2024 00:15", "01/02/2024 13:30"), "2024-02-01 13:30"),
        (("01/02/2024 00:00", "02/13/2024 00:00"), "2024-02-13"),
        (("01/02/2024 00:00", "13/02/2024 00:00"), "2024-02-13"),
        (("2024-01-01 00:00:00", "2024-01-01 00:00:00.5"), "2024-01-01 00:00:00.5"),
        (("20240101 0015", "20240101 0030"), "2024-01-01 00:30"),
    ],
)
def test_other_formats_are_read_by_all_rows(read, stamps, second):
    assert read(stamped(*stamps)).index[1] == pd.Timestamp(second)


@pytest.mark.parametrize(
    ("stamps", "lines"),
    [
        (("2024-01-01", "yesterday", "2024-01-03", ""), [3, 5]),
        (("13/02/2024 00:00", "02/14/2024 00:00", "15/02/2024 00:00"), [3]),
        (("2024-01-01", "3020-01-01", "2024-01-03", "0001-01-01"), [3, 5]),
        (("2024-01-01 00:00:00-07:00", "2024-01-01 00:00:00"), [3]),
        (("2024-02-28", "2024-02-30"), [3]),
    ],
)
def test_unreadable_time_stamps_are_told_with_their_lines(read, faults_of, stamps, lines):
    faults = faults_of(lambda: read(stamped(*stamps)))
    assert [fault.line for fault in faults] == lines


def test_lines_count_blank_lines_and_line_breaks_in_quotes(read, faults_of):
    text = 'time,v\n\n2024-01-01,"a\nb"\n\nnever,1\n'
    assert [fault.line for fault in faults_of(lambda: read(text))] == [6]


def test_ragged_rows_are_told_with_their_lines(read, faults_of):
    faults = faults_of(lambda: read("time,v\n2024-01-01,1\n2024-01-02\n2024-01-03,1,2\n"))
    assert [(fault.line, fault.problem) for fault in faults] == [
        (3, "The row has 1 fields, but the header has 2."),
        (4, "The row has 3 fields, but the header has 2."),
    ]


def test_many_bad_rows_are_told_as_twenty_and_a_number(read, faults_of):
    faults = faults_of(lambda: read(stamped("2024-01-01", *["bad"] * 50)))
    assert len(faults) == 21
    assert faults[-1].problem.startswith("30 more rows")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("time,v\n", "no rows"),
        ("time;v\n2024-01-01;1\n", "separated by semicolons"),
        ("time v\n2024-01-01 1\n", "one column only"),
        ("n,v\n1,2\n", "holds no time stamps"),
        ("time,v\nnow,2\nthen,3\n", "holds no time stamps"),
        ("time,v,v\n2024-01-01,1,2\n", "appears twice"),
        ("time,v,\n2024-01-01,1,2\n", "has no name"),
        ("time,v\n0001-01-01,1\n", '"0001-01-01" is outside the years 1678 to 2261.'),
        (b"time,v\n2024-01-01,caf\xe9\n", "UTF-8"),
        (b"\xff\xfet\0", "UTF-8"),
    ],
)
def test_what_is_no_table_of_time_stamps_is_told(read, faults_of, text, problem):
    assert any(problem in fault.problem for fault in faults_of(lambda: read(text)))


@pytest.mark.parametrize("zone", [None, "America/Denver"])
def test_parquet_keeps_the_index_pandas_wrote(read, zone):
    index = pd.date_range("2024-01-01", periods=3, freq="h", tz=zone, name="time")
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]}, index=index)
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    found = read(buffer.getvalue(), suffix="parquet")
    pd.testing.assert_frame_equal(found, frame, check_freq=False)


def test_parquet_without_an_index_has_its_time_stamps_first(read):
    buffer = io.BytesIO()
    stamps = pd.to_datetime(["2024-01-01", "2024-01-02"])
    pd.DataFrame({"when": stamps, "power": [1.0, 2.0]}).to_parquet(buffer)
    series = read(buffer.getvalue(), suffix="parquet")
    assert (series.name, series.index.name) == ("power", "when")


def test_parquet_of_lists_is_refused(read, faults_of):
    buffer = io.BytesIO()
    index = pd.date_range("2024-01-01", periods=1)
    pd.DataFrame({"a": [[1, 2]]}, index=index).to_parquet(buffer)
    (fault,) = faults_of(lambda: read(buffer.getvalue(), suffix="parquet"))
    assert (fault.column, fault.fix) == ("a", "Use numbers or text.")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"time,v\n"])
def test_what_is_no_parquet_is_told(read, faults_of, content):
    (fault,) = faults_of(lambda: read(content, suffix="parquet"))
    assert "not a readable Parquet file" in fault.problem


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.tuples(
            st.datetimes(pd.Timestamp(1700, 1, 1), pd.Timestamp(2200, 1, 1)),
            st.floats(allow_nan=True, allow_infinity=True),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_what_pandas_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    stamps = pd.DatetimeIndex([stamp for stamp, _ in rows], name="time").as_unit("ns")
    series = pd.Series([value for _, value in rows], index=stamps, name="v", dtype=float)
    series.to_csv(path)
    faults = FaultList("package")
    found = read_frame(path, file="x", zone=None, faults=faults)
    assert not faults
    # Whole numbers come back as integers, which is what their text says.
    pd.testing.assert_series_equal(found.astype(float), series)


@pytest.mark.parametrize(
    ("stamps", "time_format"),
    [
        (("01022024", "02022024"), "%d%m%Y"),
        (("20240201", "20240202"), "%Y%m%d"),
        (("2024-01-02", "2024-02-02"), "%Y-%d-%m"),
        (("2024-02-01", "2024-02-02"), "%d/%m/%Y"),
        (("1/2/24", "2/2/24"), "%d/%m/%y"),
    ],
)
@pytest.mark.parametrize("note", ["", '"two\nlines"'])
def test_declared_format_holds_for_numbers_and_iso_too(tmp_path, stamps, time_format, note):
    path, faults = tmp_path / "x.csv", FaultList("package")
    path.write_text("t,v,note\n" + "".join(f"{stamp},1,{note}\n" for stamp in stamps))
    frame = read_frame(path, file="x", zone=None, faults=faults, time_format=time_format)
    faults.raise_if_any()
    assert frame.index.tolist() == [pd.Timestamp(2024, 2, 1), pd.Timestamp(2024, 2, 2)]


def test_text_in_parquet_is_read_like_text_in_csv(read, faults_of):
    buffer = io.BytesIO()
    pd.DataFrame({"t": ["03/04/2024", "03/04/2024"], "v": [1, 2]}).to_parquet(buffer)
    (fault,) = faults_of(lambda: read(buffer.getvalue(), suffix="parquet"))
    assert "Row 1: " in fault.problem
    assert "(day first) or as 4 March 2024 (month first)" in fault.problem
