"""How numbers are written: as a program reads them, and as some spreadsheets write them.

The patterns are understood by Python's `re` and Arrow's RE2 alike. They are for trimmed texts.
"""

import re
from dataclasses import dataclass

NUMBER = r"^\s*[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF](inity|INITY)?)\s*$"
_EXPONENT = r"([eE][+-]?[0-9]+)?"
# Spaces that do not break a line, narrow and wide ones, and the Swiss apostrophes.
_GAPS = " \u00a0\u2007\u2009\u202f'\u2019`\u00b4"
# A typographer's signs for minus, which are no hyphen.
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
# A number that every reader of the field would read with its unit.
_UNITS = r"%|‰|°|°?C|°F|deg|[kMG]?Wh?|[kM]?VAr?|[mk]?V|Hz|m/s|k?Wh?/m(2|²|\^2)"
_ANY = rf"[0-9][0-9.,{_GAPS}]*"


@dataclass(frozen=True)
class OddNumber:
    """A way to write numbers that no reader takes as they are meant.

    Attributes
    ----------
    pattern : str
        No two patterns match the same text.
    problem : str
        The rest of a sentence that begins with the text, without its full stop.
    """

    pattern: str
    problem: str
    fix: str


ODD_NUMBERS = (
    # 1,5 has a decimal comma, 1,234 may have either, and 12,34,567.8 has commas as in India.
    OddNumber(
        rf"^[+-]?([0-9]*,[0-9]+|[0-9]{{1,3}}(,[0-9]{{2,3}})*,[0-9]{{3}}(\.[0-9]*)?){_EXPONENT}$",
        "has a decimal comma",
        "Write a decimal point, and no commas between thousands.",
    ),
    # A single point, as in 1.234, may be a decimal one; here it cannot.
    OddNumber(
        r"^[+-]?[0-9]{1,3}((\.[0-9]{3}){2,}|(\.[0-9]{3})+,[0-9]+)$",
        "has points between thousands",
        "Write a decimal point and nothing between thousands, also in values such as 1.234, which "
        "count as small numbers.",
    ),
    OddNumber(
        rf"^[+-]?[0-9]{{1,3}}([{_GAPS}][0-9]{{3}})+([.,][0-9]+)?$",
        "has spaces or apostrophes between thousands",
        "Write the digits without them, and a decimal point.",
    ),
    OddNumber(
        rf"^[+-]?[0-9]+([.,{_GAPS}][0-9]+)*[\s{_GAPS}]*({_UNITS})$",
        "has a unit",
        "Write the number alone; the column's name can have it.",
    ),
    OddNumber(
        rf"^([{_DASHES}]\s?{_ANY}|[+-]\s+{_ANY}|{_ANY}-|\({_ANY}\))$",
        "has its sign in an unusual way",
        "Write a minus (-) directly in front of the digits.",
    ),
)

_NUMBER = re.compile(NUMBER)
_ODD = tuple((re.compile(one.pattern), one) for one in ODD_NUMBERS)


def is_number(text: str) -> bool:
    """Return whether a text is a number, infinity among them."""
    return _NUMBER.match(text) is not None


def odd_number(text: str) -> OddNumber | None:
    """Return how a number is written that only people can read; None for anything else."""
    trimmed = text.strip()
    return next((one for pattern, one in _ODD if pattern.match(trimmed)), None)
