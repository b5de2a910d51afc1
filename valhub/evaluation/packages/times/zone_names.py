"""Time zones written in other ways than IANA's: which IANA name has the very same times.

A name is offered only when its UTC offset is certain. Abbreviations that several countries use
(`CST`, `IST`, `BST`) and names that are alike but have other offsets get no offer at all.
"""

import difflib
import re
from collections.abc import Set
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(
    r"\(?\s*(?:Etc/)?(?:UTC|GMT)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?(?::00)?\s*\)?", re.IGNORECASE
)
# Windows' own name for an offset begins like this: (UTC+01:00) Amsterdam, Berlin, …
_WINDOWS_LABEL = re.compile(r"\((?:UTC|GMT)[+-]\d{2}:\d{2}\)\s+\S", re.IGNORECASE)
# Offsets of abbreviations that mean one thing all over the world, in hours; all year.
_ABBREVIATIONS = {
    -9: ("AKST",),
    -8: ("PST",),
    -7: ("PDT",),
    -6: ("MDT",),
    -5: ("CDT",),
    -4: ("EDT",),
    -3: (
        "BRT",
        "ART",
    ),
    0: (
        "UTC",
        "Z",
    ),
    1: ("WEST",),
    2: (
        "CEST",
        "SAST",
    ),
    3: (
        "EEST",
        "MSK",
    ),
    5: ("PKT",),
    8: (
        "AWST",
        "SGT",
    ),
    9: (
        "JST",
        "KST",
    ),
    10: ("AEST",),
    11: ("AEDT",),
    12: ("NZST",),
}
# By Unicode's CLDR, windowsZones.
_WINDOWS = {
    "Alaskan": "America/Anchorage",
    "Arabian": "Asia/Dubai",
    "Argentina": "America/Argentina/Buenos_Aires",
    "Atlantic": "America/Halifax",
    "AUS Central": "Australia/Darwin",
    "AUS Eastern": "Australia/Sydney",
    "Canada Central": "America/Regina",
    "Cen. Australia": "Australia/Adelaide",
    "Central Europe": "Europe/Budapest",
    "Central European": "Europe/Warsaw",
    "Central": "America/Chicago",
    "China": "Asia/Shanghai",
    "E. Australia": "Australia/Brisbane",
    "E. South America": "America/Sao_Paulo",
    "Eastern": "America/New_York",
    "Egypt": "Africa/Cairo",
    "FLE": "Europe/Kiev",
    "GMT": "Europe/London",
    "Greenwich": "Atlantic/Reykjavik",
    "GTB": "Europe/Bucharest",
    "Hawaiian": "Pacific/Honolulu",
    "India": "Asia/Kolkata",
    "Israel": "Asia/Jerusalem",
    "Korea": "Asia/Seoul",
    "Mountain": "America/Denver",
    "New Zealand": "Pacific/Auckland",
    "Newfoundland": "America/St_Johns",
    "Pacific": "America/Los_Angeles",
    "Romance": "Europe/Paris",
    "Russian": "Europe/Moscow",
    "SA Eastern": "America/Cayenne",
    "SA Pacific": "America/Bogota",
    "Singapore": "Asia/Singapore",
    "South Africa": "Africa/Johannesburg",
    "Tasmania": "Australia/Hobart",
    "Tokyo": "Asia/Tokyo",
    "Turkey": "Europe/Istanbul",
    "US Eastern": "America/Indiana/Indianapolis",
    "US Mountain": "America/Phoenix",
    "W. Australia": "Australia/Perth",
    "W. Europe": "Europe/Berlin",
}
_STANDARD = re.compile(r"(.+) (?:Standard|Daylight) Time", re.IGNORECASE)
_ALIKE = 0.85
_LONGEST = 60
# A day of each half of the year, and one before recent changes of rules.
_DAYS = (datetime(2024, 1, 15), datetime(2024, 7, 15), datetime(2015, 7, 15))


def zone_hint(text: str, zones: Set[str]) -> str:
    """Say which IANA zone a text certainly means, as a sentence; empty when that is not certain.

    Parameters
    ----------
    text : str
        What stands where a zone should.
    zones : set of str
        The names that exist.
    """
    if len(text) > _LONGEST:
        return ""
    name = _certain_name(text.strip(), zones)
    return f'Did you mean "{name}"?' if name in zones else ""


def _certain_name(text: str, zones: Set[str]) -> str | None:
    for hours, abbreviations in _ABBREVIATIONS.items():
        if text.upper() in abbreviations:
            return _fixed(hours)
    offset = _OFFSET.fullmatch(text)
    if offset:
        sign, hours_text, minutes = offset.groups()
        # Only whole hours have a name of their own.
        return _fixed(int(f"{sign}{hours_text}")) if int(minutes or 0) == 0 else None
    windows = _STANDARD.fullmatch(text)
    if windows:
        known = {name.casefold(): zone for name, zone in _WINDOWS.items()}
        return known.get(windows[1].casefold())
    return None if _WINDOWS_LABEL.match(text) else _alike(text, zones)


def _fixed(hours: int) -> str:
    # The signs of these names are the other way round: Etc/GMT-1 is UTC+1.
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/UTC"


def _alike(text: str, zones: Set[str]) -> str | None:
    """Find a misspelt name, or a city alone; none when those that are alike differ in time."""
    places = [zone for zone in zones if "/" in zone and not zone.startswith("Etc/")]
    plain = text.casefold().replace(" ", "_")
    found = [zone for zone in places if plain in (zone.casefold(), zone.casefold().split("/")[-1])]
    if not found and "/" in text and not re.search(r"\d", text):
        found = difflib.get_close_matches(text, sorted(places), n=5, cutoff=_ALIKE)
    offsets = {
        tuple(day.replace(tzinfo=ZoneInfo(zone)).utcoffset() for day in _DAYS) for zone in found
    }
    return found[0] if len(offsets) == 1 else None


@cache
def time_zones() -> frozenset[str]:
    """Return every IANA time zone that this machine knows."""
    return frozenset(available_timezones())
