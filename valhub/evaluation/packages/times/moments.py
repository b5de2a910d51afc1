"""The moments that the fields of time stamps mean, under one order of day and month."""

from dataclasses import dataclass

import numpy as np

from valhub.evaluation.packages.times.time_fields import Bools, Fields, Ints

# Nanoseconds since 1970 in 64 bits count no other whole years.
FIRST_YEAR, LAST_YEAR = 1678, 2261
_SECOND = 1_000_000_000
DAY_NS = 86_400 * _SECOND


@dataclass(frozen=True)
class Moments:
    """Rows under one reading.

    Attributes
    ----------
    ns : array of int
        Nanoseconds since 1970 in UTC, or in local time where the text has no offset; no meaning
        where not `valid`.
    valid : array of bool
        Whether the row is a moment at all.
    month : array of int
        Months since January 1970.
    time_of_month : array of int
        Nanoseconds since the month began.
    """

    ns: Ints
    valid: Bools
    month: Ints
    time_of_month: Ints

    def of(self, rows: Bools) -> "Moments":
        """Return some of the rows."""
        return Moments(self.ns[rows], self.valid[rows], self.month[rows], self.time_of_month[rows])


def moments_of(fields: Fields, swapped: Bools) -> Moments:
    """Make moments of fields.

    Parameters
    ----------
    fields : Fields
        What the rows say.
    swapped : array of bool
        The rows whose month stands before the day, though the fields have them the other way.
    """
    values = fields.values
    month = np.where(swapped, values["day"], values["month"])
    day = np.where(swapped, values["month"], values["day"])
    in_range = (values["year"] >= FIRST_YEAR) & (values["year"] <= LAST_YEAR)
    # What is no month is counted as January, so that what follows can be computed.
    is_month = in_range & (month >= 1) & (month <= 12)
    months = np.where(is_month, (values["year"] - 1970) * 12 + month - 1, 0)
    of_year = fields.rows_where([layout.has("day_of_year") for layout in fields.layouts])
    first = _first_day(months)
    days = _first_day(months + np.where(of_year, 12, 1)) - first
    time, is_time = _time_of_day(fields)
    offset = values["offset"]
    time_of_month = (day - 1) * DAY_NS + time
    return Moments(
        ns=first * DAY_NS + time_of_month - offset * 60 * _SECOND,
        valid=is_month & (day >= 1) & (day <= days) & is_time & (np.abs(offset) < 24 * 60),
        month=months,
        time_of_month=time_of_month,
    )


def _first_day(months: Ints) -> Ints:
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def _time_of_day(fields: Fields) -> tuple[Ints, Bools]:
    """Return nanoseconds since midnight; 24:00 is the midnight that ends the day."""
    values = fields.values
    half, hour = values["half"], values["hour"]
    rest = (values["minute"] * 60 + values["second"]) * _SECOND + values["nanosecond"]
    is_hour = np.where(half > 0, (hour >= 1) & (hour <= 12), hour <= 23)
    is_hour |= (half == 0) & (hour == 24) & (rest == 0)
    hour = np.where(half > 0, hour % 12 + 12 * (half == 2), hour)
    is_time = is_hour & (values["minute"] <= 59) & (values["second"] <= 59)
    return hour * 3600 * _SECOND + rest, is_time
