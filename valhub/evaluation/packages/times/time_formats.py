"""The configuration's `time_format`: how an organiser says what no reader could see.

It is written as for Python's `strptime`, with the directives that name a moment unmistakably.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from valhub.evaluation.packages.times.time_shapes import named_patterns

_LONGEST = 100
_TOKEN = re.compile(r"%(.?)|(\s+)|(.)", re.DOTALL)
_NAMED = named_patterns()
_DIRECTIVES = {
    "Y": "(?P<year>9999)",
    "y": "(?P<short_year>99)",
    "m": "(?P<month>99?)",
    "d": "(?P<day>99?)",
    "j": "(?P<day_of_year>9{1,3})",
    "H": "(?P<hour>99?)",
    "I": "(?P<hour>99?)",
    "M": "(?P<minute>99?)",
    "S": "(?P<second>99?)",
    "f": "(?P<fraction>9{1,9})",
    "p": _NAMED["half"],
    "z": _NAMED["zone"],
    "b": _NAMED["name"],
    "B": _NAMED["name"],
    "a": _NAMED["weekday"],
    "A": _NAMED["weekday"],
}
# Fields that touch each other, as in %Y%m%d, cannot leave their leading zeros out.
_FULL_WIDTH = {"99?": "99", "9{1,3}": "999", "9{1,9}": "9{6}"}
_DIGITS = frozenset("YymdjHIMSf")


@lru_cache(maxsize=64)
def pattern_of(time_format: str) -> re.Pattern[str]:
    """Make the pattern of the shapes that a format can have (see `time_shapes`).

    Raises
    ------
    ValueError
        With what is wrong with the format, as a sentence.
    """
    problem = next(_problems(time_format), None)
    if problem is not None:
        raise ValueError(problem)
    tokens = _TOKEN.findall(time_format)
    written = ""
    for number, (directive, space, literal) in enumerate(tokens):
        around = tokens[max(number - 1, 0) : number] + tokens[number + 1 : number + 2]
        part = _DIRECTIVES.get(directive, re.escape(directive or literal)) if not space else r"\s+"
        if directive in _DIGITS and any(other in _DIGITS for other, _, _ in around):
            part = _full_width(part)
        written += part
    return re.compile(written, re.IGNORECASE)


def reads_iso_otherwise(time_format: str) -> bool:
    """Return whether dates of ISO 8601 mean other days in this format, as in %Y-%d-%m."""
    return re.match(r"%Y-%d-%m", time_format) is not None


def _full_width(part: str) -> str:
    for free, full in _FULL_WIDTH.items():
        part = part.replace(free, full)
    return part


def _problems(time_format: str) -> Iterator[str]:
    tokens = _TOKEN.findall(time_format)
    used = [directive for directive, space, literal in tokens if not space and not literal]
    literals = "".join(literal for _, _, literal in tokens)
    if len(time_format) > _LONGEST:
        yield f"The format is longer than {_LONGEST} characters."
    for directive in used:
        if directive not in _DIRECTIVES and directive != "%":
            supported = ", ".join(f"%{name}" for name in _DIRECTIVES)
            yield f"The format has %{directive}, but supported are {supported}."
    if re.search(r"[0-9]", literals):
        yield "The format has digits outside a directive."
    if re.search(r"Z|UTC|GMT", literals, re.IGNORECASE):
        yield "The format has a time zone in letters, which would be ignored: %z reads Z and UTC."
    yield from _incomplete(used)


def _incomplete(used: list[str]) -> Iterator[str]:
    for field, names in (
        ("year", "Yy"),
        ("month", "mbBj"),
        ("day", "dj"),
        ("hour", "HI"),
    ):
        count = sum(used.count(name) for name in names)
        if count > 1:
            yield f"The format gives the {field} more than once."
        if count == 0 and field != "hour":
            yield f"The format does not give the {field}."
    for name in "MSfpzaA":
        if used.count(name) > 1:
            yield f"The format has %{name} more than once."
    if ("I" in used) != ("p" in used):
        yield "The format needs both %I and %p, or neither."
    for name, needed in (("M", "HI"), ("S", "M"), ("f", "S"), ("z", "HI")):
        if name in used and not set(needed) & set(used):
            yield f"The format has %{name} without %{needed[0]}."
