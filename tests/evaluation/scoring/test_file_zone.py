"""A perfect answer scores perfectly in whatever zone it comes, by the file's own time zone."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valhub.evaluation.scoring.alignment import align
from valhub.evaluation.scoring.answers import InvalidAnswer
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file

SYDNEY = "Australia/Sydney"
# Whole and half hours, both hemispheres, clocks set back at midnight, and fixed offsets.
ZONES = [
    "UTC",
    "Etc/GMT+7",
    "Etc/GMT-12",
    "America/Denver",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    SYDNEY,
]
ANY_ZONE = st.sampled_from(ZONES)
WHOLE_YEAR = pd.date_range("2018-01-01", "2019-01-01", freq="30min", tz="UTC")


def numbered(index):
    """Build a truth in which no value is another's."""
    return pd.Series(np.arange(len(index), dtype=float), index=index)


def assert_perfect(answer, truth, by, zone):
    result = align(answer, truth, by=by, fill=None, zone=zone)
    assert result.answer.tolist() == truth.tolist()
    assert result.coverage == 1


@pytest.mark.parametrize("tz", ["UTC", SYDNEY, "America/Denver"])
@pytest.mark.parametrize("by", ["date", "timestamp"])
def test_a_naive_truth_is_read_in_the_files_zone_not_in_the_answers(by, tz):
    truth = numbered(pd.date_range("2020-06-01", periods=5))
    answer = truth.tz_localize(SYDNEY).tz_convert(tz)
    assert_perfect(answer, truth, by, SYDNEY)


@pytest.mark.parametrize("by", ["date", "timestamp"])
def test_a_naive_answer_is_read_in_the_files_zone_not_in_the_truths(by):
    truth = numbered(pd.date_range("2020-06-01", periods=5, tz=SYDNEY).tz_convert("UTC"))
    answer = truth.tz_convert(SYDNEY).tz_localize(None)
    assert_perfect(answer, truth, by, SYDNEY)


def test_dates_and_periods_are_dates_of_the_files_zone():
    truth = numbered(pd.date_range("2020-06-01", periods=5))
    assert_perfect(truth.to_period("D"), truth, "date", SYDNEY)
    assert_perfect(truth.set_axis(truth.index.date), truth, "date", SYDNEY)


def test_values_without_time_stamps_are_read_by_position_whatever_the_zone():
    truth = numbered(pd.date_range("2020-06-01", periods=5))
    for answer in (truth.to_numpy(), truth.tolist(), truth.reset_index(drop=True)):
        assert_perfect(answer, truth, "timestamp", SYDNEY)


def test_a_file_without_a_zone_takes_the_truths():
    truth = numbered(pd.date_range("2020-06-01", periods=5, tz=SYDNEY))
    assert_perfect(truth.tz_convert("UTC"), truth, "date", None)
    assert_perfect(truth.tz_localize(None), truth, "timestamp", None)


def test_a_file_is_scored_in_its_zone(series_config):
    plan = Scoring.from_config(series_config(alignment="date", fill_missing=None))
    truth = numbered(pd.date_range("2020-06-01", periods=5))
    answer = truth.tz_localize(SYDNEY).tz_convert("UTC")
    score = score_file(plan, answer, truth, SYDNEY)
    assert score.metrics["mean_absolute_error_time_series"] == 0


@given(zone=ANY_ZONE, other=ANY_ZONE, first=st.integers(0, 17000), count=st.integers(1, 300))
def test_moments_meet_in_any_zone(zone, other, first, count):
    moments = WHOLE_YEAR[first : first + count]
    truth = numbered(moments.tz_convert(zone))
    assert_perfect(truth.tz_convert(other), truth, "timestamp", zone)
    # The naive time a zone has twice names its moments only together, in their order.
    naive = truth.tz_localize(None)
    naive = naive[~naive.index.duplicated(keep=False)]
    back = naive.index.tz_localize(ZoneInfo(zone), ambiguous="NaT")
    clear = naive[back.notna()]
    if len(clear):
        kept = truth[truth.isin(clear)]
        assert_perfect(clear, kept, "timestamp", zone)
        assert_perfect(kept.tz_convert(other), clear, "timestamp", zone)


@given(
    zone=ANY_ZONE,
    other=ANY_ZONE,
    start=st.dates(dt.date(2017, 9, 1), dt.date(2018, 12, 1)),
    count=st.integers(1, 40),
    hour=st.integers(4, 23),
)
def test_dates_meet_in_any_zone(zone, other, start, count, hour):
    truth = numbered(pd.date_range(start, periods=count))
    local = truth.set_axis(truth.index + pd.Timedelta(hours=hour)).tz_localize(zone)
    assert_perfect(local.tz_localize(None), truth, "date", zone)
    assert_perfect(local.tz_convert(other), truth, "date", zone)


MIXED = pd.date_range("2024-03-29", periods=5, tz="Europe/Berlin")


@pytest.mark.parametrize("write", [str, dt.datetime.fromisoformat], ids=["text", "datetimes"])
@pytest.mark.parametrize("by", ["date", "timestamp"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_time_stamps_whose_offsets_change_are_moments(write, by, zone):
    truth = numbered(MIXED)
    index = pd.Index([write(stamp.isoformat()) for stamp in MIXED], dtype=object)
    assert_perfect(truth.set_axis(index)[::-1], truth, by, zone)


@pytest.mark.parametrize("kind", [object, "string"])
def test_dates_as_text_are_dates_in_any_order(kind):
    truth = numbered(pd.date_range("2024-03-29", periods=5))
    index = pd.Index([f"{stamp:%Y-%m-%d}" for stamp in truth.index], dtype=kind)
    assert_perfect(truth.set_axis(index)[::-1], truth, "date", "Europe/Berlin")


@pytest.mark.parametrize("labels", [["b", "a"], ["2024-13-01", "2024-01-02"], ["2024", "2023"]])
def test_other_text_as_index_counts_by_position(labels):
    truth = numbered(pd.date_range("2024-03-29", periods=2))
    assert_perfect(pd.Series(truth.tolist(), index=labels), truth, "date", None)


def test_an_index_with_and_without_offsets_is_invalid():
    answer = pd.Series([1.0, 2.0], index=["2024-03-29T00:00", "2024-03-30T00:00+01:00"])
    with pytest.raises(InvalidAnswer, match="one time zone"):
        align(answer, numbered(MIXED[:2]), by="date", fill=None)
