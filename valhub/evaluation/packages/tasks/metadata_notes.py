"""What is probably not meant in the metadata tables, though it is no fault.

A column that is spelt in another way is read as one of the organiser's own, and has no effect; a
place far from its time zone makes every algorithm that computes the sun's position wrong.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from valhub.evaluation.packages.files.member_names import shown
from valhub.evaluation.packages.suggestions import bare_name
from valhub.evaluation.packages.tasks.metadata_cells import as_number
from valhub.evaluation.packages.tasks.metadata_tables import Table, Value

_MOST_NOTES = 20
_OTHER_NAMES = {"tz": "timezone"}
# No country's clocks are further from its sun: the west of China is 3.2 hours away.
_FURTHEST_HOURS = 4.0


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
        if meant and column not in known:
            problem = f'the column "{shown(column)}" does not count as {meant}.'
            yield f"{table.file}: {problem} Rename it if it should."


def place_notes(places: Iterable[tuple[str, str | None, Value]], file: str) -> list[str]:
    """Note time zones that are far from where the sun says.

    Parameters
    ----------
    places : iterable of (str, str or None, value)
        For each data file: its name, its time zone and its system's longitude.
    file : str
        The table of files, for the notes.

    Returns
    -------
    list of str
        One for each pair of zone and longitude, at most twenty.
    """
    first: dict[tuple[str, float], str] = {}
    for name, zone, value in places:
        longitude = as_number(value)
        if zone is not None and longitude is not None:
            first.setdefault((zone, longitude), name)
    found = (_place_note(name, *pair) for pair, name in first.items())
    return [f"{file}: {note}" for note in islice(filter(None, found), _MOST_NOTES)]


def _place_note(name: str, zone: str, longitude: float) -> str:
    offset = _standard_offset(zone)
    # The clocks of a file in UTC say nothing about its place.
    if not offset or abs((longitude / 15 - offset + 12) % 24 - 12) <= _FURTHEST_HOURS:
        return ""
    return (
        f'"{shown(name)}" has the timezone {zone} (UTC{offset:+g}), but its system is at the '
        f"longitude {longitude:g}, where the sun is about UTC{longitude / 15:+.0f}. Check both: "
        "longitudes west of Greenwich are negative, and Etc/GMT+7 is UTC-7."
    )


@cache
def _standard_offset(zone: str) -> float:
    """Return a zone's offset in winter, in hours."""
    offsets = (datetime(2024, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))
    return min(offset for offset in offsets if offset is not None) / timedelta(hours=1)
