"""Alignment by time stamp across time zones and both changes of the clock."""

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.scoring.alignment import align

DENVER = "America/Denver"


def hourly(start, periods, tz=None):
    """Build a series whose value is the hour's number."""
    index = pd.date_range(start, periods=periods, freq="h", tz=tz)
    return pd.Series(np.arange(periods, dtype=float), index=index)


def matched(answer, truth, fill=None):
    return align(answer, truth, by="timestamp", fill=fill)


AUTUMN = hourly("2013-11-03", 6, tz=DENVER)  # 00, 01, 01, 02, 03, 04
SPRING = hourly("2013-03-10", 4, tz=DENVER)  # 00, 01, 03, 04


def wall_clock(series):
    return series.tz_localize(None)


@pytest.mark.parametrize("zone", ["UTC", DENVER, "Etc/GMT+7", "Asia/Kolkata"])
def test_two_aware_sides_meet_at_the_same_instant(zone):
    result = matched(AUTUMN.tz_convert(zone), AUTUMN)
    assert result.answer.tolist() == AUTUMN.tolist()


@pytest.mark.parametrize("truth", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_a_naive_answer_is_the_aware_references_wall_clock(truth):
    result = matched(wall_clock(truth), truth)
    assert result.answer.tolist() == truth.tolist()


@pytest.mark.parametrize("answer", [AUTUMN, SPRING], ids=["autumn", "spring"])
def test_an_aware_answer_meets_a_naive_reference_on_its_wall_clock(answer):
    truth = wall_clock(answer)
    result = matched(answer, truth)
    assert result.answer.tolist() == answer.tolist()


def test_the_repeated_hour_answered_once_covers_its_first_occurrence():
    answer = wall_clock(AUTUMN.drop(AUTUMN.index[2]))
    result = matched(answer, AUTUMN, fill=-1)
    assert result.answer.tolist() == [0, 1, -1, 3, 4, 5]


def test_an_hour_that_spring_skips_is_ignored_in_a_naive_answer():
    answer = hourly("2013-03-10", 5)
    result = matched(answer, SPRING)
    assert result.answer.tolist() == [0, 1, 3, 4]


def test_an_hour_that_spring_skips_in_a_naive_reference_has_no_answer():
    truth = hourly("2013-03-10", 5)
    result = matched(SPRING, truth, fill=-1)
    assert result.answer.tolist() == [0, 1, -1, 2, 3]


def test_several_skipped_rows_of_a_naive_reference_are_no_duplicates():
    index = pd.date_range("2013-03-10 01:00", periods=9, freq="15min")
    truth = pd.Series(np.zeros(9), index=index)
    assert np.count_nonzero(matched(SPRING, truth, fill=-1).answer == -1) == 7


def test_two_naive_sides_meet_at_the_same_reading():
    truth = hourly("2013-11-03", 6)
    assert matched(truth[::-1], truth).answer.tolist() == truth.tolist()


def test_standard_time_without_a_zone_is_not_shifted():
    fixed = hourly("2013-03-10", 6, tz="Etc/GMT+7")
    assert matched(wall_clock(fixed), fixed).answer.tolist() == fixed.tolist()
