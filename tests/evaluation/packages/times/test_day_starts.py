"""Days begin at midnight, or where clocks skip it, at what comes instead."""

import pandas as pd
import pytest

from valhub.evaluation.packages.times.day_starts import begin_days

SAO_PAULO, HAVANA = "America/Sao_Paulo", "America/Havana"


@pytest.mark.parametrize(
    ("stamps", "zone", "expected"),
    [
        (["2024-01-01", "2024-01-02"], None, True),
        (["2024-01-01", "2024-01-02 12:00"], None, False),
        (["2024-01-01", "2024-01-02"], "Europe/Berlin", True),
        (["2018-11-03T00:00-03:00", "2018-11-04T01:00-02:00"], SAO_PAULO, True),
        (["2018-11-03T01:00-03:00", "2018-11-04T01:00-02:00"], SAO_PAULO, False),
        (["2018-11-04T01:00-02:00", "2018-11-04T01:30-02:00"], SAO_PAULO, False),
        (["2018-11-04T02:00-02:00"], SAO_PAULO, False),
        (["2024-11-03T00:00-04:00"], HAVANA, True),
        (["2024-11-03T00:30-04:00"], HAVANA, False),
    ],
)
def test_a_day_begins_where_the_clock_says(stamps, zone, expected):
    index = pd.to_datetime(stamps, format="ISO8601", utc=zone is not None)
    local = index if zone is None or index.tz is None else index.tz_convert(zone)
    if zone == "Europe/Berlin":
        local = index.tz_localize(None).tz_localize(zone)
    assert begin_days(local) is expected


@pytest.mark.parametrize("freq", ["h", "15min"])
@pytest.mark.parametrize("zone", [SAO_PAULO, HAVANA, "Asia/Beirut", "Australia/Lord_Howe"])
def test_a_year_of_hours_has_no_days_only(zone, freq):
    assert not begin_days(pd.date_range("2018-01-01", "2018-12-31", freq=freq, tz=zone))
