"""Dates, times, durations and time zones of the standard library on the wire."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from .errors import MalformedFrame, MissingLibrary, Unencodable

if TYPE_CHECKING:
    from .values import Reader

# Names are looked up by libraries that would open a path, so a name is nothing else.
_ZONE_NAME = re.compile(r"(?!dateutil/)[A-Za-z0-9_+-]{1,64}(/[A-Za-z0-9_+-]{1,64}){0,3}")


def encode(value: Any) -> Any:
    """Encode a date, time, date with time, or duration; None for anything else."""
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset()
        return {
            "t": "datetime",
            "v": value.replace(tzinfo=None).isoformat(),
            "zone": zone_node(value.tzinfo, value),
            "fold": value.fold,
            "offset": None if offset is None else offset.total_seconds(),
        }
    if isinstance(value, datetime.date):
        return {"t": "date", "v": value.isoformat()}
    if isinstance(value, datetime.time):
        zone = zone_node(value.tzinfo)
        text = value.replace(tzinfo=None).isoformat()
        return {"t": "time", "v": text, "zone": zone, "fold": value.fold}
    if isinstance(value, datetime.timedelta):
        return {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
    return None


def zone_node(zone: datetime.tzinfo | None, at: datetime.datetime | None = None) -> Any:
    """Describe a time zone by its IANA name or its fixed offset in seconds from UTC."""
    if zone is None:
        return None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if isinstance(name, str):
        return name
    if zone is datetime.timezone.utc:
        return "UTC"
    offset = zone.utcoffset(at)
    if offset is None or (not isinstance(zone, datetime.timezone) and _varies(zone)):
        raise Unencodable(f"a time zone of type {type(zone).__module__}.{type(zone).__qualname__}")
    return offset.total_seconds()


def _varies(zone: datetime.tzinfo) -> bool:
    months = (datetime.datetime(2020, month, 15) for month in range(1, 13))
    return len({zone.utcoffset(moment) for moment in months}) > 1


def zone_name(node: str) -> str:
    """Return a zone's name as it is, when it can only be a name."""
    if not _ZONE_NAME.fullmatch(node):
        raise MalformedFrame("a time zone without a proper name")
    return node


def zone_value(node: Any) -> datetime.tzinfo | None:
    """Time zone that `zone_node` described."""
    if node is None:
        return None
    if isinstance(node, str):
        return _named_zone(zone_name(node))
    return datetime.timezone(datetime.timedelta(seconds=node))


def _named_zone(name: str) -> datetime.tzinfo:
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(name)
    except zoneinfo.ZoneInfoNotFoundError as error:
        # There need not be any zones: neither the system's nor the package's.
        raise MissingLibrary("tzdata") from error


def _decode_datetime(_: Reader, node: Any) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(node["v"])
    moment = moment.replace(tzinfo=zone_value(node["zone"]), fold=node["fold"])
    offset = moment.utcoffset()
    if offset is not None and offset.total_seconds() != node["offset"]:
        # Some zones (pytz) say which of two equal hours is meant by their offset, not by the fold.
        moment = moment.replace(fold=1 - moment.fold)
    return moment


def _decode_time(_: Reader, node: Any) -> datetime.time:
    moment = datetime.time.fromisoformat(node["v"])
    return moment.replace(tzinfo=zone_value(node["zone"]), fold=node["fold"])


DECODERS: dict[str, Any] = {
    "datetime": _decode_datetime,
    "date": lambda _, node: datetime.date.fromisoformat(node["v"]),
    "time": _decode_time,
    "timedelta": lambda _, node: datetime.timedelta(*node["v"]),
}
