import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from valhub.client.report.scales import Scale, round_values, scale_for, time_ticks

NUMBERS = st.lists(
    st.one_of(st.floats(-1e9, 1e9), st.floats(allow_nan=False, allow_infinity=False)),
    min_size=1,
    max_size=50,
)
# Where arithmetic comes to an end: the smallest numbers there are, and the largest.
TINY, HUGE = [0.0, 5e-324], [-1.7e308, 1.7e308]


@given(NUMBERS)
@example(TINY)
@example(HUGE)
def test_every_value_lies_inside_the_axis_and_in_order(values: list[float]) -> None:
    data = np.sort(np.array(values))
    places = scale_for(data).positions(data)
    assert ((places >= 0) & (places <= 100)).all()
    assert (np.diff(places) >= 0).all()


@given(NUMBERS)
@example(TINY)
@example(HUGE)
def test_ticks_lie_inside_the_axis_and_are_few(values: list[float]) -> None:
    ticks = scale_for(np.array(values)).ticks()
    assert all(0 <= tick.at <= 100 for tick in ticks)
    assert len([tick for tick in ticks if not tick.minor]) <= 13


def test_a_few_large_errors_bend_the_axis() -> None:
    scale = scale_for(np.array([0.0] * 30 + [0.5, 1.0, 300.0]))
    assert scale.bend > 0
    labels = [tick.label for tick in scale.ticks()]
    assert "0" in labels
    assert "100" in labels


def test_like_errors_keep_a_linear_axis_with_zero() -> None:
    scale = scale_for(np.array([3.0, 4.0, 5.0]))
    assert scale == Scale(0.0, 5.0)
    assert [tick.label for tick in scale.ticks()] == ["0", "1", "2", "3", "4", "5"]


def test_no_finite_value_still_makes_an_axis() -> None:
    assert scale_for(np.array([np.nan])) == Scale(0.0, 1.0)


def test_round_values_are_round() -> None:
    assert round_values(0, 4300, 4) == [0, 2000, 4000]


@pytest.mark.parametrize(
    ("start", "end", "labels"),
    [
        ("2013-01-01T00:00", "2013-01-01T06:00", ["00:00", "01:00", "02:00"]),
        ("2013-01-01T00:00", "2013-01-04T00:00", ["01 Jan 00:00", "01 Jan 12:00", "02 Jan 00:00"]),
        ("2013-03-05T00:00", "2013-03-10T00:00", ["05 Mar", "06 Mar", "07 Mar"]),
        ("2011-04-15T00:00", "2013-12-31T00:00", ["Jul 2011", "Jan 2012", "Jul 2012"]),
        ("1990-04-15T00:00", "2013-12-31T00:00", ["1995", "2000", "2005"]),
    ],
)
def test_time_axes_have_whole_units(start: str, end: str, labels: list[str]) -> None:
    ticks = time_ticks(np.datetime64(start, "ns"), np.datetime64(end, "ns"))
    assert [tick.label for tick in ticks][:3] == labels
    assert 3 <= len(ticks) <= 9
