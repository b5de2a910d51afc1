"""How numbers are written: as a program reads them, and as some spreadsheets write them.

The patterns are understood by Python's `re` and Arrow's RE2 alike.
"""

import re

NUMBER = r"^\s*[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF](inity|INITY)?)\s*$"
# 1,5 has a decimal comma, 1,234 may have either, and 1,234.5 or 1.234,5 have both.
COMMA_NUMBER = (
    r"^\s*[+-]?([0-9]*,[0-9]+|[0-9]{1,3}(,[0-9]{3})+\.[0-9]*|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+)"
    r"([eE][+-]?[0-9]+)?\s*$"
)
# A number that every reader of the field would read with its unit.
_UNITS = r"%|‰|°|°?C|°F|deg|[kMG]?Wh?|[kM]?VAr?|[mk]?V|Hz|m/s|k?Wh?/m(2|²|\^2)"
UNIT_NUMBER = rf"^\s*[+-]?[0-9]+([.,][0-9]+)?\s*({_UNITS})\s*$"
COMMA_FIX = "Write a decimal point, and no commas between thousands."

_NUMBER, _COMMA_NUMBER = re.compile(NUMBER), re.compile(COMMA_NUMBER)


def is_number(text: str) -> bool:
    """Return whether a text is a number, infinity among them."""
    return _NUMBER.match(text) is not None


def is_comma_number(text: str) -> bool:
    """Return whether a text is a number, but for its commas."""
    return _COMMA_NUMBER.match(text) is not None
