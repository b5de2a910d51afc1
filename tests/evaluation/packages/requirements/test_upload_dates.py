"""Days and times until which uploads count, as people write them."""

from datetime import UTC, datetime

import pytest

from valhub.evaluation.packages.requirements.upload_dates import read_upload_limit, upload_limit

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "limit", "moment"),
    [
        ("2026-03-01", "2026-03-01", "2026-03-02T00:00:00+00:00"),
        (" 2024-02-29 ", "2024-02-29", "2024-03-01T00:00:00+00:00"),
        ("20260301", "2026-03-01", "2026-03-02T00:00:00+00:00"),
        ("2026-03-02T11:59:59Z", "2026-03-02T11:59:59Z", "2026-03-02T11:59:59+00:00"),
        ("2026-03-02T12:30+01:00", "2026-03-02T11:30:00Z", "2026-03-02T11:30:00+00:00"),
    ],
)
def test_a_limit_is_read(text: str, limit: str, moment: str) -> None:
    assert read_upload_limit(text, now=NOW) == limit
    assert upload_limit(limit).isoformat() == moment
    assert read_upload_limit(limit, now=NOW) == limit


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "neither a day nor a time"),
        ("last year", "neither a day nor a time"),
        ("01.03.2026", "neither a day nor a time"),
        ("2026-02-30", "neither a day nor a time"),
        ("2026-03-01T10:00", "no UTC offset"),
        ("2026-03-02", "not passed yet"),  # the day is not over
        ("2026-03-02T12:00:01Z", "not passed yet"),
        ("9999-12-31", "not passed yet"),
    ],
)
def test_what_is_no_past_day_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_upload_limit(text, now=NOW)
