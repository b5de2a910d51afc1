"""Time stamps as people write them: read as the moments they mean, or a fault, never otherwise."""

import random
from datetime import datetime, timedelta
from itertools import accumulate

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties import examples
from valhub.evaluation.packages.times.time_formats import pattern_of
from valhub.evaluation.packages.times.time_stamps import parse_text

# Nobody can mistake the order of these.
PLAIN_FORMATS = [
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %-H:%M",
    "%Y%m%d %H%M",
    "%Y%m%dT%H%M%S",
    "%Y%m%d%H%M",
    "%d.%m.%Y %H:%M",
    "%-d.%-m.%Y %-H:%M:%S,%f",
    "%d. %m. %Y %H:%M",
    "%d-%b-%Y %H:%M:%S.%f",
    "%b %d, %Y %I:%M %p",
    "%A, %-d %B %Y %-I:%M:%S %p",
    "%Y-%m-%d %H:%M:%S+00:00",
    "%Y-%m-%d %H:%M:%S +0000",
    "%d.%m.%Y %H:%MZ",
    "%d %B %Y %H:%M UTC",
]
OPEN_FORMATS = [
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%-m/%-d/%Y %-I:%M:%S %p",
    "%-d/%-m/%Y",
    "%d-%m-%Y %H:%M:%S",
    "%m-%d-%Y %H:%M+00:00",
]
DECLARED_FORMATS = [
    "%d/%m/%y %H:%M",
    "%m/%d/%y %I:%M %p",
    "%Y-%d-%m %H:%M:%S",
    "%d%m%Y %H%M",
    "%Y-%j %H:%M:%S.%f",
    "%a %d %b %Y %H:%M",
    "%H:%M:%S %d/%m/%Y",
]
SHORT_STEPS = st.timedeltas(timedelta(0), timedelta(days=40))
STEPS = st.lists(SHORT_STEPS, max_size=12) | st.builds(
    lambda step, count: [step] * count,
    st.sampled_from([timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)]),
    st.integers(1, 60),
)


def parsed(*stamps: str | None, zone: str | None = None, time_format: str | None = None):
    column = pa.chunked_array([pa.array(stamps, pa.string())])
    return parse_text(column, zone, time_format)


def index(*stamps: str, zone: str | None = None, time_format: str | None = None):
    found = parsed(*stamps, zone=zone, time_format=time_format)
    assert isinstance(found, pd.DatetimeIndex), found
    return found


def faults(*stamps: str | None, time_format: str | None = None):
    found = parsed(*stamps, time_format=time_format)
    assert isinstance(found, list)
    return found


@st.composite
def moments_in_order(draw, first=datetime(1700, 1, 1), last=datetime(2200, 1, 1)):
    start = draw(st.datetimes(first, last))
    moments = list(accumulate(draw(STEPS), lambda moment, step: moment + step, initial=start))
    return moments[::-1] if draw(st.booleans()) else moments


def as_written(moments: list[datetime], time_format: str) -> tuple[list[str], list[pd.Timestamp]]:
    """Text in a format, and what is left of the moments when they are written in it."""
    texts = [moment.strftime(time_format) for moment in moments]
    plain = time_format.replace("%-", "%").removesuffix("Z").removesuffix(" UTC")
    plain = plain.removesuffix("+00:00").removesuffix("+0000")
    kept = [datetime.strptime(moment.strftime(plain), plain) for moment in moments]
    return texts, [pd.Timestamp(moment) for moment in kept]


@settings(max_examples=examples(60))
@given(moments_in_order(), st.sampled_from(PLAIN_FORMATS), st.randoms(use_true_random=False))
def test_plain_formats_are_read_as_they_were_written(moments, time_format, chance: random.Random):
    chance.shuffle(moments)
    texts, meant = as_written(moments, time_format)
    assert index(*texts).tz_localize(None).tolist() == meant


@settings(max_examples=examples(100))
@given(moments_in_order(), st.sampled_from(OPEN_FORMATS))
def test_open_formats_are_read_as_they_were_written_or_not_at_all(moments, time_format):
    texts, meant = as_written(moments, time_format)
    found = parsed(*texts)
    if isinstance(found, pd.DatetimeIndex):
        assert found.tz_localize(None).tolist() == meant
    else:
        (fault,) = found
        assert "day first" in fault.problem
        assert "month first" in fault.problem


@settings(max_examples=examples(40))
@given(
    moments_in_order(datetime(1970, 1, 1), datetime(2065, 1, 1)),
    st.sampled_from([*DECLARED_FORMATS, *(name for name in OPEN_FORMATS if "+" not in name)]),
    st.randoms(use_true_random=False),
)
def test_declared_formats_are_read_as_they_were_written(moments, time_format, chance):
    chance.shuffle(moments)
    texts, meant = as_written(moments, time_format)
    assert index(*texts, time_format=time_format.replace("%-", "%")).tolist() == meant


@settings(max_examples=examples(60))
@given(st.lists(st.none() | st.text("0123456789-/.: TZ+APMjan\u202f\x00", max_size=24), max_size=5))
def test_any_text_is_read_whole_or_not_at_all(stamps):
    found = parsed(*stamps)
    if isinstance(found, pd.DatetimeIndex):
        assert len(found) == len(stamps)
        assert not found.hasnans


@pytest.mark.parametrize(
    ("stamps", "last"),
    [
        (("2024-01-01 23:00", "2024-01-01 24:00"), "2024-01-02"),
        (("31.12.2023 23:00", "31.12.2023 24:00:00"), "2024-01-01"),
        (("2024-01-01 9:05", "2024-01-01 10:05"), "2024-01-01 10:05"),
        (("13/1/2024 12:05 AM", "13/1/2024 12:05 PM"), "2024-01-13 12:05"),
        (("13/1/2024 11:05 p.m.", "14/1/2024 12:05 a.m."), "2024-01-14 00:05"),
        (("13/1/2024 1:05\u202fPM",), "2024-01-13 13:05"),
        (("2024-01-01 00:00:00,250",), "2024-01-01 00:00:00.25"),
        (("2024-01-01 00:00:00.123456789",), "2024-01-01 00:00:00.123456789"),
        (("29.02.2024",), "2024-02-29"),
        (("Tue, 2 Jan 2024 03:00",), "2024-01-02 03:00"),
        ((" 02.01.2024 03:00 ",), "2024-01-02 03:00"),
    ],
)
def test_what_only_one_moment_can_mean_is_read(stamps, last):
    assert index(*stamps)[-1] == pd.Timestamp(last)


@pytest.mark.parametrize(
    ("stamps", "months"),
    [
        # Ranges: a later row shows it.
        (("01/02/2024", "02/02/2024", "13/02/2024"), [2, 2, 2]),
        (("01/02/2024", "01/03/2024", "01/13/2024"), [1, 1, 1]),
        (("01-02-2024 00:00", "13-02-2024 00:00"), [2, 2]),
        (("30/01/2023", "02/02/2023"), [1, 2]),
        # Order: under the other reading time jumps back and forth.
        (("11/01/2024", "12/01/2024", "01/02/2024"), [1, 1, 2]),
        (("01/11/2024", "01/12/2024", "02/01/2024"), [1, 1, 2]),
        (("02/02/2024", "01/02/2024", "12/01/2024", "11/01/2024"), [2, 2, 1, 1]),
        # Sampling: half a day, all the time.
        (("03/04/2024 00:00", "03/04/2024 12:00", "04/04/2024 00:00"), [4, 4, 4]),
        # Both readings are the same.
        (("05/05/2024 00:00", "05/05/2024 01:00"), [5, 5]),
        # Dots are day first.
        (("01.02.2024", "02.02.2024", "03.02.2024"), [2, 2, 2]),
    ],
)
def test_day_and_month_are_told_apart_by_all_rows(stamps, months):
    assert index(*stamps).month.tolist() == months


@pytest.mark.parametrize(
    "stamps",
    [
        ("03/04/2024 00:00", "03/04/2024 00:15"),
        ("03/04/2024", "04/04/2024", "05/04/2024"),
        ("03-04-2024 00:00", "09-05-2024 00:00"),
        # The newest row first, or the oldest.
        ("01/02/2024", "12/01/2024"),
        # One row of four against the order of all others.
        ("01/05/2024 00:00", "02/04/2024 00:00", "13/04/2024 00:00", "03/01/2024 00:00"),
        # No order under either reading.
        ("03/04/2024", "04/03/2024", "03/04/2024", "01/02/2024"),
    ],
)
def test_dates_that_stay_open_are_a_fault_of_both_readings(stamps):
    (fault,) = faults(*stamps)
    assert fault.rows == [0]
    assert fault.values == [stamps[0]]
    assert "(day first) or as" in fault.problem
    assert "ISO 8601" in fault.fix


def test_open_dates_name_readings_iso_and_formats():
    (fault,) = faults("03/04/2024 1:00 PM", "03/04/2024 2:00 PM")
    assert fault.problem == (
        "reads as 3 April 2024 (day first) or as 4 March 2024 (month first), and the other rows "
        "do not settle it."
    )
    assert "as 2024-04-03 or 2024-03-04" in fault.fix
    assert '"%d/%m/%Y %I:%M %p" or "%m/%d/%Y %I:%M %p"' in fault.fix


@pytest.mark.parametrize(("time_format", "day"), [("%d/%m/%Y", 3), ("%m/%d/%Y", 4)])
def test_a_declared_format_settles_open_dates(time_format, day):
    assert index("03/04/2024", "03/04/2024", time_format=time_format)[0].day == day


@pytest.mark.parametrize(
    ("rows", "stamps", "problem"),
    [
        ([1], ("13/01/2024", "01/13/2024", "14/01/2024"), "with the day coming first"),
        ([2], ("01.02.2024", "02.02.2024", "02.13.2024"), "not a date and time that exists"),
        ([1], ("2024-01-01", "01/02/2024", "2024-01-03"), 'not written like the others, as "2024'),
        ([0], ("2024-01-01 00:00Z", "2024-01-01 01:00", "2024-01-01 02:00"), "UTC offset"),
        ([1], ("1/13/2024 1:00 PM", "1/13/2024 2:00", "1/13/2024 3:00 PM"), "AM or PM"),
        ([1], ("1/13/2024 1:00 PM", "1/13/2024 13:00 PM"), "not a date and time that exists"),
        ([1], ("2024-01-01 01:00", "2024-01-01 24:30"), "not a date and time that exists"),
        ([0], ("2024-01-01 00:00+05:75", "2024-01-01 00:00+05:45"), "not a date and time"),
        ([1], ("2024/01/01", "3020/01/01"), "outside the years 1678 to 2261"),
        ([1], ("2024-01-01", "01.02.24"), "not written like"),
        ([1], ("2024-01-01", None), "is missing"),
        ([0], (None, "20240101"), "is missing"),
        ([1], ("2024-01-01", "2024-01-01 12:00 CET"), "is unreadable as a time stamp"),
    ],
)
def test_the_odd_row_is_the_fault(rows, stamps, problem):
    (fault,) = faults(*stamps)
    assert fault.rows == rows
    assert problem in fault.problem


def test_years_of_two_digits_need_a_declared_format():
    (fault,) = faults("1/13/24 0:00", "1/13/24 0:15")
    assert fault.problem == "has a year of two digits."
    assert '"%m/%d/%y %H:%M"' in fault.fix
    found = index("1/13/24 0:00", "1/13/69 0:15", time_format="%m/%d/%y %H:%M")
    assert found.year.tolist() == [2024, 1969]


def test_offsets_are_compared_as_durations():
    stamps = "2024-01-01 00:00Z", "2024-01-01 01:00+00:00", "2024-01-01 02:00 -0000"
    assert str(index(*stamps, zone="America/Denver").tz) == "UTC"
    assert str(index("1.1.2024 00:00+01", "1.7.2024 00:00+0100").tz) == "UTC+01:00"


def test_offsets_that_change_go_into_the_files_zone():
    found = index("1.1.2024 00:00+01:00", "1.7.2024 00:00+02:00", zone="Europe/Berlin")
    assert found.hour.tolist() == [0, 0]


def test_iso_files_are_read_beside_a_declared_format():
    (found,) = index("2024-01-02 1:00", time_format="%d/%m/%Y %H:%M")
    assert found == pd.Timestamp(2024, 1, 2, 1)


@pytest.mark.parametrize(
    ("time_format", "stamps"),
    [
        ("%d/%m/%Y %H:%M", ("01/02/2024 00:00", "2024-02-01 00:15")),
        ("%d/%m/%Y", ("01.02.2024",)),
        ("%Y-%d-%m %H:%M", ("2024-01-02 00:00:00",)),
        ("%Y%m%d", ("2024111",)),
    ],
)
def test_what_does_not_match_the_declared_format_is_a_fault(time_format, stamps):
    (fault,) = faults(*stamps, time_format=time_format)
    assert fault.rows == [len(stamps) - 1]
    assert f'"{time_format}"' in fault.problem


@pytest.mark.parametrize(
    ("time_format", "problem"),
    [
        ("", "does not give the year"),
        ("%d/%m %H:%M", "does not give the year"),
        ("%Y %H:%M", "does not give the month"),
        ("%Y-%m", "does not give the day"),
        ("%Y-%m-%d %d", "the day more than once"),
        ("%Y-%j-%d", "the day more than once"),
        ("%Y-%m-%d %H:%M %Z", "has %Z, but supported are"),
        ("%Y-%m-%d %", "has %, but supported are"),
        ("%Y-%m-%dT%H:%MZ", "%z reads Z"),
        ("20%y-%m-%d", "digits outside a directive"),
        ("%Y-%m-%d %I:%M", "both %I and %p"),
        ("%Y-%m-%d %H:%M %p", "both %I and %p"),
        ("%Y-%m-%d %M", "%M without %H"),
        ("%Y-%m-%d %H:%M:%S.%f.%f", "%f more than once"),
        ("%Y-%m-%d" + " " * 100, "longer than 100"),
    ],
)
def test_formats_that_leave_something_open_are_rejected(time_format, problem):
    with pytest.raises(ValueError, match=problem):
        pattern_of(time_format)
