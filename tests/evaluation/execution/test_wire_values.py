"""Python's own values cross the wire exactly."""

import datetime as dt
import math
import zoneinfo
from collections.abc import Callable

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.execution.guest import wire

Roundtrip = Callable[[object], object]

ZONES = st.sampled_from(
    [
        dt.UTC,
        dt.timezone(dt.timedelta(hours=-7)),
        dt.timezone(dt.timedelta(hours=5, minutes=45)),
        zoneinfo.ZoneInfo("Europe/Berlin"),
        zoneinfo.ZoneInfo("America/Denver"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(),
    st.binary(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.datetimes(),
    st.datetimes(timezones=ZONES),
)
KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.dates())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(KEYS, inner, max_size=5)
    ),
    max_leaves=20,
)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def shape(value: object) -> object:
    """Types, and what `==` does not look at: signs of zeros, folds and zones."""
    if isinstance(value, list | tuple):
        return [type(value), *map(shape, value)]
    if isinstance(value, dict):
        return [[shape(key), shape(item)] for key, item in value.items()]
    if isinstance(value, dt.datetime):
        return [type(value), value.fold, value.utcoffset()]
    return [type(value), repr(value)]


@given(VALUES)
def test_every_plain_value_comes_back_the_same(roundtrip: Roundtrip, value: object) -> None:
    back = roundtrip(value)
    assert back == value
    assert shape(back) == shape(value)


@given(st.lists(st.floats(), min_size=16) | st.lists(st.integers(), min_size=16))
def test_long_lists_of_numbers_come_back_the_same(roundtrip: Roundtrip, value: object) -> None:
    assert repr(roundtrip(value)) == repr(value)
    assert repr(roundtrip(tuple(value))) == repr(tuple(value))


@given(st.lists(st.text(st.characters(codec=None)) | st.none(), min_size=14, max_size=20))
def test_long_lists_of_text_come_back_the_same(roundtrip: Roundtrip, value: object) -> None:
    assert roundtrip(value) == value


def test_long_lists_of_numbers_stay_out_of_the_header() -> None:
    header = wire.frame_parts([0.1 * number for number in range(100_000)])[0]
    assert len(header) < 256


def test_nan_and_infinities_come_back(roundtrip: Roundtrip) -> None:
    nan, *others = roundtrip([math.nan, math.inf, -math.inf, -0.0])
    assert math.isnan(nan)
    assert others == [math.inf, -math.inf, 0.0]
    assert math.copysign(1, others[-1]) == -1


@pytest.mark.parametrize("fold", [0, 1])
def test_the_repeated_hour_of_autumn_keeps_its_fold(roundtrip: Roundtrip, fold: int) -> None:
    moment = dt.datetime(2020, 10, 25, 2, 30, tzinfo=BERLIN, fold=fold)
    assert roundtrip(moment).utcoffset() == moment.utcoffset() == dt.timedelta(hours=2 - fold)


@pytest.mark.parametrize("is_dst", [True, False])
def test_a_zone_that_knows_no_fold_keeps_its_instant(roundtrip: Roundtrip, is_dst: bool) -> None:
    naive = dt.datetime(2020, 10, 25, 2, 30)
    moment = pytz.timezone("Europe/Berlin").localize(naive, is_dst=is_dst)
    back = roundtrip(moment)
    assert back.astimezone(dt.UTC) == moment.astimezone(dt.UTC)
    assert back.tzinfo == BERLIN


def test_times_of_day_keep_their_zone(roundtrip: Roundtrip) -> None:
    value = dt.time(6, 30, tzinfo=BERLIN, fold=1)
    back = roundtrip(value)
    assert (back, back.tzinfo, back.fold) == (value, BERLIN, 1)


def test_subclasses_of_containers_come_back_as_the_plain_kind(roundtrip: Roundtrip) -> None:
    class Row(dict[str, int]):
        """A dictionary by another name."""

    back = roundtrip(Row(a=1))
    assert (type(back), back) == (dict, {"a": 1})


def test_a_frame_in_a_file_is_read_back_from_there(tmp_path) -> None:
    path = tmp_path / "value.frame"
    with path.open("wb") as file:
        wire.write_value(file, {"a": [1, 2.5, "three"]})
    assert wire.read_value(path.read_bytes()) == {"a": [1, 2.5, "three"]}
