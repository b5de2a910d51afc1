import math

import pytest

from valhub.evaluation.wording import (
    count,
    duration,
    interval_in_short,
    memory,
    number,
    percent,
    quantity,
    span,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.34, "1.34"),
        (12.3456, "12.35"),
        (95232.0, "95,232"),
        (-3.5, "\N{MINUS SIGN}3.5"),
        (0.00001, "1e-05"),
        (999.96, "1,000"),
        (math.nan, "\N{EN DASH}"),
        (None, "\N{EN DASH}"),
    ],
)
def test_numbers_have_four_significant_digits(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "not measured"), (0.0, "0 ms"), (3.21, "3.21 s")]
)
def test_a_time_that_was_not_measured_says_so(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_coverage_is_never_rounded_up_to_all() -> None:
    assert percent(0.99999) == "99.9 %"
    assert percent(1.0) == "100 %"


def test_a_range_of_one_value_is_one_number() -> None:
    assert span(2, 2) == "2"
    assert span(1.5, 2) == "1.5 to 2"
    assert span(None, None) == "\N{EN DASH}"


def test_an_interval_among_many_says_of_how_many_systems() -> None:
    assert interval_in_short(1.5, 2, 12) == "1.5 to 2, of 12 systems"
    assert interval_in_short(None, None, 1) == "1 system"
    assert interval_in_short(None, None, 0) == ""


def test_an_open_range_says_at_which_end() -> None:
    assert span(None, 2) == "at most 2"
    assert span(1.5, None) == "at least 1.5"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "40 ms"),
        (3.2, "3.2 s"),
        (59.99, "1 min 0 s"),
        (245, "4 min 5 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_read_like_speech(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(10, "10 B"), (2**20, "1 MiB"), (1023 * 2**20, "1023 MiB"), (2**30, "1 GiB")]
)
def test_memory_takes_the_multiple_that_suits(size: int, text: str) -> None:
    assert memory(size) == text


def test_pure_numbers_have_no_unit() -> None:
    assert quantity(0.9, "") == "0.9"
    assert quantity(1.5, "min") == "1.5 min"


def test_one_thing_is_singular() -> None:
    assert count(1, "file") == "1 file"
    assert count(2, "file") == "2 files"
