"""How a time stamp can be written, and where in the text each of its fields stands.

The shape of a text is the text with a 9 in place of every digit: `31/01/2024 9:45` has the shape
`99/99/9999 9:99`. A file of a million rows has a handful of shapes, so each shape is looked at
once and its rows are read together. Whether `01/02/2024` begins with the day is not decided here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = "january february march april may june july august september october november december"
_NUMBER_OF = {
    **{name: number for number, name in enumerate(_MONTHS.split(), start=1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS.split(), start=1)},
    "sept": 9,
}
_NAME = f"(?P<name>{'|'.join(sorted(_NUMBER_OF, key=len, reverse=True))})"
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
# Days before months where the text leaves the order open; see `Layout.is_open`.
_DATES = (
    r"(?P<year>9999)(?P<mark>[-/]|\.\s?)(?P<month>99?)(?P=mark)(?P<day>99?)",
    r"(?P<year>9999)(?P<mark>)(?P<month>99)(?P<day>99)",
    r"(?P<day>99?)(?P<mark>[-/]|\.\s?)(?P<month>99?)(?P=mark)(?P<year>9999)",
    r"(?P<day>99?)(?P<mark>[-/]|\.\s?)(?P<month>99?)(?P=mark)(?P<short_year>99)",
    rf"(?P<day>99?)(?P<mark>[-/ ]|\.\s?){_NAME}\.?(?:(?P=mark)|,? )(?P<year>9999)",
    rf"(?P<day>99?)(?P<mark>[-/ ]|\.\s?){_NAME}\.?(?:(?P=mark)|,? )(?P<short_year>99)",
    rf"{_NAME}\.?(?P<mark>[-/ ])(?P<day>99?)(?:(?P=mark)|, ?)(?P<year>9999)",
    rf"(?P<year>9999)(?P<mark>[-/ ]){_NAME}(?P=mark)(?P<day>99?)",
)
_HALF = r"(?P<half>[ap]\.?\s?m\.?)"
_ZONE = r"(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<zone_hours>99)(?::?(?P<zone_minutes>99))?)"
_FRACTION = r"(?:[.,](?P<fraction>9{1,9}))?"
_CLOCKS = (
    rf"(?P<hour>99?)(?::(?P<minute>99)(?::(?P<second>99){_FRACTION})?)?(?:\s*{_HALF})?",
    rf"(?P<hour>99)(?P<minute>99)(?:(?P<second>99){_FRACTION})?",
)
_BETWEEN = r"(?:T|,?\s+|_)"
_FIELDS = {
    "year": "%Y",
    "short_year": "%y",
    "month": "%m",
    "day": "%d",
    "day_of_year": "%j",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
    "fraction": "%f",
    "zone_hours": "",
    "zone_minutes": "",
}


@dataclass(frozen=True)
class Layout:
    """Where the fields of a shape are.

    Attributes
    ----------
    spans : tuple of (str, int, int)
        Fields made of digits, each with the first byte of its text and the one after its last.
    form : str
        The order of the date's fields and their separator; all rows of a file share one.
    is_open : bool
        Whether day and month could be the other way round.
    month : int
        The month that the text names, else 0.
    half : str
        `a` or `p` for the half of the day, else empty.
    zone : str
        `Z` for UTC, `+` or `-` for an offset in digits, empty without an offset.
    time_format : str
        The same, as the configuration's `time_format` would say it.
    """

    spans: tuple[tuple[str, int, int], ...]
    form: str
    is_open: bool
    month: int
    half: str
    zone: str
    time_format: str

    def has(self, field: str) -> bool:
        """Return whether the text gives this field in digits."""
        return any(name == field for name, _, _ in self.spans)


def find_layout(shape: str, declared: re.Pattern[str] | None = None) -> Layout | None:
    """Find where the fields of a shape are.

    Parameters
    ----------
    shape : str
        A time stamp with a 9 for every digit, without space around it.
    declared : re.Pattern, optional
        What `time_formats.pattern_of` makes of a format; without it every way to write a time stamp
        that `_patterns` lists is tried.

    Returns
    -------
    Layout or None
        None when the shape is not one of a time stamp.
    """
    for pattern in (declared,) if declared else _patterns():
        match = pattern.fullmatch(shape)
        if match is not None:
            return _layout(match, is_declared=declared is not None)
    return None


def named_patterns() -> dict[str, str]:
    """Return the patterns of month names, weekdays, halves of the day and offsets."""
    return {"name": _NAME, "weekday": _WEEKDAY, "half": _HALF, "zone": _ZONE}


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _whole_patterns())


def _whole_patterns() -> Iterator[str]:
    for date in _DATES:
        date = rf"(?:(?P<weekday>{_WEEKDAY})\.?,?\s+)?{date}"
        yield date
        for clock in _CLOCKS:
            yield rf"{date}{_BETWEEN}{clock}(?:\s*{_ZONE})?"
    yield rf"{_DATES[1]}{_CLOCKS[1]}(?:\s*{_ZONE})?"


def _layout(match: re.Match[str], *, is_declared: bool) -> Layout:
    found = {name: text for name, text in match.groupdict().items() if text is not None}
    shape, mark = match.string, found.get("mark", "").strip()
    spans = tuple(
        (name, _bytes(shape, match.start(name)), _bytes(shape, match.end(name)))
        for name in sorted(found.keys() & _FIELDS.keys(), key=match.start)
    )
    order = [name for name in ("year", "short_year", "name", "month", "day") if name in found]
    order.sort(key=match.start)
    zone = found.get("zone", "")
    return Layout(
        spans=spans,
        form=f"{' '.join(order)} {mark}",
        # Years come first in dates of which nobody doubts the order; dots mean days first.
        is_open=not is_declared and "month" in found and mark in ("-", "/") and order[0] == "day",
        month=_NUMBER_OF[found["name"].lower()] if "name" in found else 0,
        half=found.get("half", "")[:1].lower(),
        zone=found.get("sign", "Z") if zone else "",
        time_format=_time_format(match, found),
    )


def _time_format(match: re.Match[str], found: dict[str, str]) -> str:
    directives = {**_FIELDS, "zone": "%z", "half": "%p", "name": "%b", "weekday": "%a"}
    if "half" in found:
        directives["hour"] = "%I"
    written, end = "", 0
    for name in sorted(found.keys() & directives.keys(), key=match.start):
        if directives[name] and match.start(name) >= end:
            written += match.string[end : match.start(name)] + directives[name]
            end = match.end(name)
    return written + match.string[end:]


def _bytes(shape: str, place: int) -> int:
    return len(shape[:place].encode())
