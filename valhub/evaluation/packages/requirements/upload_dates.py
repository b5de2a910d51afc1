"""Until when packages must have been uploaded to count: how such a limit is written and read.

A day counts whole, in UTC; a time needs a UTC offset, so that it means the same moment everywhere.
"""

from datetime import UTC, date, datetime, time, timedelta

_ONE_DAY = timedelta(days=1)
NOT_PASSED = "has not passed yet"


def read_upload_limit(text: str, *, now: datetime | None = None) -> str:
    """Read a limit as a person writes it.

    Parameters
    ----------
    text : str
        A day such as `2026-01-31`, or a time such as `2026-01-31T12:00:00Z`.
    now : datetime, optional
        The present moment, aware; the clock's by default.

    Returns
    -------
    str
        The same limit in its normal form.

    Raises
    ------
    ValueError
        When it is neither, or has not passed: then later uploads would still count. The message
        is a sentence for its author.
    """
    limit = _parsed(text.strip())
    if _end_of(limit) > (now or datetime.now(UTC)):
        raise ValueError(f'"{limit.isoformat()}" {NOT_PASSED}')
    if isinstance(limit, datetime):
        return limit.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return limit.isoformat()


def upload_limit(text: str) -> datetime:
    """Return the moment before which files must have been uploaded to meet a limit."""
    return _end_of(_parsed(text))


def day_before(moment: datetime) -> str:
    """Return the limit that ends with the day, in UTC, before an aware moment.

    A day that is over never changes again, also on a mirror that copies uploads with a delay.
    """
    return (moment.astimezone(UTC).date() - _ONE_DAY).isoformat()


def _parsed(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text[:40]}" is neither a day nor a time') from None
    if moment.tzinfo is None:
        raise ValueError(f'"{text[:40]}" has no UTC offset')
    return moment


def _end_of(limit: date | datetime) -> datetime:
    if isinstance(limit, datetime):
        return limit
    try:
        day = limit + _ONE_DAY
    except OverflowError:
        day = limit
    return datetime.combine(day, time(), UTC)
