"""A zone is offered only when it has the very times that were meant."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from valhub.evaluation.packages.times.zone_names import time_zones, zone_hint

OFFSETS = {
    "UTC+1": 1,
    "UTC-7": -7,
    "UTC+01:00": 1,
    "+01:00": 1,
    "-0700": -7,
    "GMT+1": 1,
    "GMT-0700": -7,
    "Etc/UTC+1": 1,
    "(UTC-05:00)": -5,
    "utc +2": 2,
    "PST": -8,
    "CEST": 2,
    "EDT": -4,
    "JST": 9,
}
NAMES = {
    "W. Europe Standard Time": "Europe/Berlin",
    "w. europe standard time": "Europe/Berlin",
    "Eastern Standard Time": "America/New_York",
    "US Mountain Standard Time": "America/Phoenix",
    "AUS Eastern Standard Time": "Australia/Sydney",
    "India Standard Time": "Asia/Kolkata",
    "america/denver": "America/Denver",
    "America/New York": "America/New_York",
    "America/Denvr": "America/Denver",
    "Amerika/Denver": "America/Denver",
    "Denver": "America/Denver",
    "Europe/Berln": "Europe/Berlin",
}


@pytest.mark.parametrize(("text", "hours"), OFFSETS.items())
def test_offset_is_offered_as_the_zone_with_that_offset(text, hours):
    name = zone_hint(text, time_zones()).removeprefix('Did you mean "').removesuffix('"?')
    for month in (1, 7):
        moment = datetime(2024, month, 1, tzinfo=ZoneInfo(name))
        assert moment.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize(("text", "name"), NAMES.items())
def test_name_is_offered_as_iana_writes_it(text, name):
    assert zone_hint(text, time_zones()) == f'Did you mean "{name}"?'


@pytest.mark.parametrize(
    "text",
    [
        "CST",
        "IST",
        "BST",
        "UTC+5:30",
        "UTC+15",
        "(UTC+01:00) Amsterdam, Berlin, Rome",
        "Nowhere Standard Time",
        "local",
        "Earth/Moon",
        "America/Indiana",
        "Etc/GMT+70",
        "1",
        "",
        "x" * 5000,
    ],
)
def test_what_is_not_certain_gets_no_offer(text):
    assert zone_hint(text, time_zones()) == ""
