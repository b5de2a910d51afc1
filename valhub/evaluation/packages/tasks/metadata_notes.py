"""What is probably not meant in the metadata tables, though it is no fault.

A column that is spelt in another way is read as one of the organiser's own, and has no effect; a
place far from its time zone makes every algorithm that computes the sun's position wrong.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import bare_name
from valhub.evaluation.packages.tasks.metadata_cells import as_number
from valhub.evaluation.packages.tasks.metadata_tables import Table, Value
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.packages.tasks.zone_places import distance_km, place_of

_MOST_NOTES = 20
_OTHER_NAMES = {"tz": "timezone"}
# No country's clocks are further from its sun: the west of China is 3.2 hours away.
_FURTHEST_HOURS = 4.0
# Nearer than this, a place may well be in the zone and have its swapped place in it as well.
_SWAPPED_KM, _MIRRORED_KM = 1_000.0, 1_500.0
_ODD_HOURS = 2.0
_SWAPPED = "swapped"


def column_notes(table: Table, known: Collection[str]) -> Iterator[str]:
    """Note columns that are spelt almost like one that the table lacks.

    Parameters
    ----------
    table : Table
        A metadata table.
    known : collection of str
        The columns that have a meaning in it.

    Yields
    ------
    str
        A sentence or two for each.
    """
    missing = {bare_name(name): name for name in known if name not in table.columns}
    for column in table.columns:
        bare = bare_name(column)
        meant = missing.get(bare) or missing.get(_OTHER_NAMES.get(bare, ""))
        meant = meant or ("part" if "part" in missing and _names_parts(table, column) else None)
        if meant and column not in known:
            problem = f'the column "{shown(column)}" does not count as {meant}.'
            yield f"{table.file}: {problem} Rename it if it should."


def _names_parts(table: Table, column: str) -> bool:
    """Whether a column has the words of `part`: read as a label, it would hide no final part."""
    values = {str(row.values[column]).casefold() for row in table.rows}
    return Part.FINAL in values and values <= {*Part, str(None).casefold()}


def place_notes(places: Iterable[tuple[str, str | None, Value, Value]], file: str) -> list[str]:
    """Note systems that are far from their time zones.

    Parameters
    ----------
    places : iterable of (str, str or None, value, value)
        For each data file: its name, its time zone, and its system's latitude and longitude.
    file : str
        The table of files, for the notes.

    Returns
    -------
    list of str
        One for each zone and place, at most twenty; a single one when latitude and longitude of
        all places look swapped.
    """
    first: dict[_Place, str] = {}
    for name, zone, *degrees in places:
        latitude, longitude = map(as_number, degrees)
        if zone is not None and longitude is not None:
            first.setdefault(_Place(zone, latitude, longitude), name)
    swapped = [place for place in first if place.mistake == _SWAPPED]
    if len(swapped) == len(first) > 1:
        note = f"latitude and longitude of all systems look swapped: {swapped[0].described}"
        return [f"{file}: {note} Exchange the columns in the table of systems."]
    found = (_place_note(name, place) for place, name in first.items())
    return [f"{file}: {note}" for note in islice(filter(None, found), _MOST_NOTES)]


@dataclass(frozen=True)
class _Place:
    """A system's place and the time zone of its file."""

    zone: str
    latitude: float | None
    longitude: float

    @property
    def offset(self) -> float:
        return _standard_offset(self.zone)

    @property
    def is_far(self) -> bool:
        """Whether the sun is hours away; the clocks of a file in UTC say nothing about a place."""
        return bool(self.offset) and self._hours(self.longitude) > _FURTHEST_HOURS

    @property
    def described(self) -> str:
        return (
            f"{self.latitude:g}, {self.longitude:g} is not near {self.zone}, but "
            f"{self.longitude:g}, {self.latitude:g} is."
        )

    @cached_property
    def mistake(self) -> str:
        """What would bring the place to its zone, as the end of a sentence; empty for nothing."""
        if self.latitude is None:
            return ""
        others = {
            _SWAPPED: (self.longitude, self.latitude),
            "the sign of the latitude looks wrong": (-self.latitude, self.longitude),
            "the sign of the longitude looks wrong": (self.latitude, -self.longitude),
        }
        if abs(self.latitude) > 90:
            return ""  # Another check names it.
        city = place_of(self.zone)
        if city is None:
            return _SWAPPED if self._fits_the_clock_swapped(self.latitude) else ""
        away = distance_km((self.latitude, self.longitude), city)
        possible = {what: place for what, place in others.items() if abs(place[0]) <= 90}
        apart = {what: distance_km(place, city) for what, place in possible.items()}
        best = min(apart, key=lambda what: apart[what])
        least = _SWAPPED_KM if best == _SWAPPED else _MIRRORED_KM
        return best if away > least and apart[best] < away / 3 else ""

    def _fits_the_clock_swapped(self, latitude: float) -> bool:
        """Return whether the latitude would be the longitude of a zone that has no city."""
        is_possible = bool(self.offset) and abs(self.longitude) <= 90
        return (
            is_possible
            and self._hours(self.longitude) > _ODD_HOURS
            and self._hours(latitude) < _ODD_HOURS / 2
        )

    def _hours(self, longitude: float) -> float:
        return abs((longitude / 15 - self.offset + 12) % 24 - 12)


def _place_note(name: str, place: _Place) -> str:
    zone, longitude = place.zone, place.longitude
    if place.mistake == _SWAPPED:
        what = f'of the system of "{shown(name)}" look swapped: {place.described}'
        return f"latitude and longitude {what} Check both."
    if place.mistake:
        return (
            f'"{shown(name)}" has the timezone {zone}, but its system is at {place.latitude:g}, '
            f"{longitude:g}: {place.mistake}."
        )
    if not place.is_far:
        return ""
    return (
        f'"{shown(name)}" has the timezone {zone} (UTC{place.offset:+g}), but its system is at the '
        f"longitude {longitude:g}, where the sun is about UTC{longitude / 15:+.0f}. Check both: "
        "longitudes west of Greenwich are negative, and Etc/GMT+7 is UTC-7."
    )


@cache
def _standard_offset(zone: str) -> float:
    """Return a zone's offset in winter, in hours."""
    offsets = (datetime(2024, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))
    return min(offset for offset in offsets if offset is not None) / timedelta(hours=1)
