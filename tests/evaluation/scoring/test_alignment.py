"""Golden cases for every alignment rule of a series answer."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.alignment import align
from valhub.evaluation.scoring.answers import InvalidAnswer, InvalidTruth

DENVER = "America/Denver"


def daily(*values, start="2013-01-01", tz=None):
    index = pd.date_range(start, periods=len(values), freq="D", tz=tz)
    return pd.Series(np.array(values, dtype=float), index=index)


TRUTH = daily(0, 60, 60, 0)


def aligned(answer, *, truth=TRUTH, by="date", fill=None):
    return align(answer, truth, by=by, fill=fill)


def refusal(answer, **how):
    with pytest.raises(InvalidAnswer) as caught:
        aligned(answer, **how)
    return str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        [1, 2, 3, 4],
        (1.0, 2.0, 3.0, 4.0),
        [np.int64(1), np.float32(2), 3, 4],
        np.array([1, 2, 3, 4], dtype=np.int8),
        pd.Index([1, 2, 3, 4]),
        pd.Series([1, 2, 3, 4]),
        pd.Series([1, 2, 3, 4], index=["a", "b", "c", "d"]),
        pd.DataFrame({"shift": [1, 2, 3, 4]}),
        daily(1, 2, 3, 4),
        daily(1, 2, 3, 4).to_frame(),
        daily(1, 2, 3, 4).astype("Int64"),
        daily(1, 2, 3, 4)[::-1],
        daily(1, 2, 3, 4, tz="UTC"),
        daily(1, 2, 3, 4).to_period("D"),
        daily(1, 2, 3, 4).set_axis([dt.date(2013, 1, day) for day in (1, 2, 3, 4)]),
        daily(1, 2, 3, 4).set_axis(TRUTH.index.as_unit("s")),
    ],
    ids=lambda answer: f"{type(answer).__name__}-{getattr(answer, 'dtype', '')}",
)
def test_every_form_of_a_full_answer_is_laid_on_the_reference(answer):
    result = aligned(answer)
    assert result.answer.tolist() == [1, 2, 3, 4]
    assert result.answer.dtype == result.reference.dtype == np.float64
    assert result.reference.tolist() == [0, 60, 60, 0]
    assert result.coverage == 1.0


@pytest.mark.parametrize("dtype", [bool, "boolean"])
def test_booleans_are_zero_and_one(dtype):
    answer = pd.Series([True, False, True, False], dtype=dtype)
    assert aligned(answer).answer.tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "nothing (None)"),
        (3.0, "a float"),
        ("0, 60, 60, 0", "a str"),
        ({"2013-01-01": 0}, "a dict"),
        (np.array(3.0), "shape ()"),
        (np.zeros((4, 2)), "shape (4, 2)"),
        (pd.DataFrame({"a": [1], "b": [2]}), "a DataFrame with 2 columns"),
        (np.array([1, 2, 3, None]), "dtype object"),
        (pd.Series([1, 2, 3, 4], dtype=object), "dtype object"),
        (np.array([1j, 0, 0, 0]), "dtype complex128"),
        (pd.Series(["a", "b", "c", "d"]), "dtype object"),
        (pd.to_timedelta(["1min"] * 4), "dtype timedelta64[ns]"),
        (["a", 1, 2, 3], "a str at position 0"),
        ([1, 2j, 3, 4], "a complex at position 1"),
        ([[1, 2], [3, 4]], "a list at position 0"),
        ([[1, 2], [3]], "a list at position 0"),
    ],
)
def test_what_is_not_a_series_of_numbers_is_refused_by_name(answer, said):
    message = refusal(answer, fill=0)
    assert said in message
    assert "expected" in message
    assert message.endswith(".")


@pytest.mark.parametrize("answer", [[], (), np.array([]), pd.Series([]), np.zeros((0, 3))])
def test_an_empty_answer_is_refused_even_with_a_fill(answer):
    assert "empty series" in refusal(answer, fill=0)


@pytest.mark.parametrize("huge", [np.inf, -np.inf, 1e101, 10**400])
def test_infinite_and_huge_numbers_are_refused(huge):
    assert "infinite or beyond ±1e+100, the first at position 2" in refusal([0, 0, huge, 0])


def test_a_long_double_beyond_range_counts_as_infinite():
    answer = np.array([0, 0, 0, np.longdouble("1e4000")])
    assert "1 of the 4 values returned is infinite" in refusal(answer)


@pytest.mark.parametrize("length", [1, 3, 5])
def test_a_plain_array_of_another_length_is_refused(length):
    message = refusal(np.zeros(length), fill=0)
    assert f"returned {length} values without time stamps; expected 4" in message


def test_missing_days_without_a_fill_are_counted_and_the_first_is_named():
    message = refusal(daily(0, 60, 60, 0).iloc[[0, 2]])
    assert "2 of the 4 values of the reference have no answer" in message
    assert "the first at 2013-01-02" in message


@pytest.mark.parametrize(
    "answer",
    [
        [5, None, 7, 8],
        [5, pd.NA, 7, 8],
        [5, float("nan"), 7, 8],
        np.array([5, np.nan, 7, 8]),
        daily(5, np.nan, 7, 8),
        daily(5, 6, 7, 8).drop(pd.Timestamp("2013-01-02")),
        pd.Series([5, pd.NA, 7, 8], dtype="Int64"),
    ],
    ids=repr,
)
def test_a_missing_answer_is_filled_and_counted_against_coverage(answer):
    result = aligned(answer, fill=-1)
    assert result.answer.tolist() == [5, -1, 7, 8]
    assert result.coverage == 0.75
    assert "1 of the 4 values of the reference has no answer" in refusal(answer)


@pytest.mark.parametrize("answer", [[np.nan] * 4, [None] * 4, daily(*[np.nan] * 4)])
def test_nothing_but_nan_is_refused_even_with_a_fill(answer):
    assert "only missing values (NaN); expected 4 numbers" in refusal(answer, fill=0)


def test_days_outside_the_reference_are_ignored():
    answer = daily(9, 9, 1, 2, 3, 4, 9, start="2012-12-30")
    assert aligned(answer).answer.tolist() == [1, 2, 3, 4]


def test_an_answer_for_another_period_is_refused_with_both_ranges():
    message = refusal(daily(1, 2, 3, 4, start="2015-06-01"), fill=0)
    assert "from 2015-06-01 to 2015-06-04" in message
    assert "from 2013-01-01 to 2013-01-04" in message


def test_an_answer_shifted_by_some_days_covers_what_still_overlaps():
    result = aligned(daily(1, 2, 3, 4, start="2013-01-03"), fill=0)
    assert result.answer.tolist() == [0, 0, 1, 2]
    assert result.coverage == 0.5


def test_by_time_stamp_an_index_off_by_minutes_overlaps_nowhere():
    answer = TRUTH.set_axis(TRUTH.index + pd.Timedelta("7min"))
    assert "from 2013-01-01 00:07:00" in refusal(answer, by="timestamp", fill=0)
    assert aligned(answer, by="date").coverage == 1


def test_equal_duplicates_collapse():
    answer = pd.concat([daily(1, 2, 3, 4), daily(1, 2)])
    assert aligned(answer).answer.tolist() == [1, 2, 3, 4]


def test_nan_beside_a_number_is_no_answer():
    answer = pd.concat([daily(np.nan, 2, 3, 4), daily(1)])
    assert aligned(answer).answer.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("fill", [None, 0])
def test_contradicting_duplicates_are_refused(fill):
    message = refusal(pd.concat([daily(1, 2, 3, 4), daily(1, 5)]), fill=fill)
    assert "different values for 2013-01-02, such as 2 and 5" in message


def test_by_date_a_constant_day_of_hours_is_one_answer():
    answer = daily(1, 2, 3, 4).resample("h").ffill()
    assert aligned(answer).answer.tolist() == [1, 2, 3, 4]


def test_by_date_an_aware_answer_is_read_on_its_own_wall_clock():
    answer = daily(1, 2, 3, 4, tz="Asia/Tokyo")
    assert aligned(answer).answer.tolist() == [1, 2, 3, 4]
    in_utc = aligned(answer.tz_convert("UTC"), fill=0)
    assert in_utc.answer.tolist() == [2, 3, 4, 0]


def test_by_date_days_of_23_and_25_hours_stay_whole():
    for start in ("2013-03-09", "2013-11-02"):
        answer = daily(1, 2, 3, start=start, tz=DENVER)
        result = aligned(answer, truth=daily(0, 0, 0, start=start))
        assert result.answer.tolist() == [1, 2, 3]


def test_missing_time_stamps_are_refused():
    answer = daily(1, 2).set_axis(pd.DatetimeIndex(["2013-01-01", None]))
    assert "missing time stamps (NaT)" in refusal(answer, fill=0)


@pytest.mark.parametrize("year", ["1677-09-22", "2262-04-11", "9999-01-01"])
def test_time_stamps_centuries_away_are_refused(year):
    answer = pd.Series([1.0], index=np.array([year], dtype="datetime64[s]"))
    assert "time stamps outside the years 1700 to 2200" in refusal(answer, fill=0)


def test_a_reference_without_time_stamps_is_met_by_position():
    result = align(daily(1, 2), pd.Series([0.0, 0.0]), by="timestamp", fill=None)
    assert result.answer.tolist() == [1, 2]


def test_by_date_a_reference_with_several_values_a_day_is_the_organisers_fault():
    truth = daily(0, 0).resample("12h").ffill()
    with pytest.raises(InvalidTruth, match="several values for 2013-01-01 when compared by date"):
        align(truth, truth, by="date", fill=None)


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=5))
def test_order_and_repetition_of_the_answers_rows_do_not_matter(order, repeated):
    answer = daily(1, 2, 3, 4).iloc[[*order, *repeated]]
    assert aligned(answer).answer.tolist() == [1, 2, 3, 4]


@given(st.lists(st.booleans(), min_size=1, max_size=30).filter(any))
def test_coverage_is_the_share_of_answered_days(answered):
    truth = daily(*[0.0] * len(answered))
    result = aligned(truth[answered] + 1, truth=truth, fill=0)
    assert result.coverage == pytest.approx(sum(answered) / len(answered))
    assert result.answer.tolist() == [float(here) for here in answered]
