"""Where on Earth a time zone is: the place that the time zone database names it after.

It is a single city for a whole country, so only what is many hundred kilometres away is odd.
"""

import math
import re
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH

_FILE = "zone.tab"
_DEGREES = r"([+-])(\d{2,3})(\d\d)(\d\d)?"
_PLACE = re.compile(_DEGREES + _DEGREES)
_EARTH_RADIUS_KM = 6371.0


def place_of(zone: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a zone's city, in degrees; None for a zone without one."""
    return _places().get(zone)


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance between two places, by the haversine formula."""
    (lat, lon), (other_lat, other_lon) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((lat - other_lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin((lon - other_lon) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(max(half, 0.0), 1.0)))


@cache
def _places() -> dict[str, tuple[float, float]]:
    rows = (line.split("\t") for line in _table().splitlines() if not line.startswith("#"))
    found = ((row[2], _PLACE.fullmatch(row[1])) for row in rows if len(row) > 2)
    return {zone: (_degrees(*m.groups()[:4]), _degrees(*m.groups()[4:])) for zone, m in found if m}


def _table() -> str:
    """Find the database's table where `zoneinfo` finds the zones: on the system, or in `tzdata`."""
    paths = (Path(folder, _FILE) for folder in TZPATH)
    path = next((path for path in paths if path.is_file()), None)
    if path is not None:
        return path.read_text(encoding="utf-8")
    return (resources.files("tzdata") / "zoneinfo" / _FILE).read_text(encoding="utf-8")


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    value = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == "-" else value
