"""The `freq` of a pandas index or period on the wire, under any version from 1.5 to 3.

A fixed step crosses as nanoseconds. Other frequencies cross by their name, which pandas 2.2
changed for some.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from .errors import MalformedFrame

_OLD_NAMES = {
    "ME": "M",
    "QE": "Q",
    "YE": "A",
    "BME": "BM",
    "BQE": "BQ",
    "BYE": "BA",
    "SME": "SM",
    "YS": "AS",
    "BYS": "BAS",
}
_LONGEST_NAME = 32
_NEW_NAMES = {old: new for new, old in _OLD_NAMES.items()}
_HAS_NEW_NAMES = tuple(map(int, pd.__version__.split(".")[:2])) >= (2, 2)


def encode(freq: Any) -> Any:
    """Encode an index's frequency, which may be None."""
    if freq is None:
        return None
    if isinstance(freq, pd.offsets.Tick) and not isinstance(freq, pd.offsets.Day):
        return freq.nanos
    return freq.freqstr if _HAS_NEW_NAMES else _renamed(freq.freqstr, _NEW_NAMES)


def decode(node: Any) -> Any:
    """Decode a frequency that `encode` wrote; raises `ValueError` when pandas lacks it."""
    if type(node) is int:
        return pd.tseries.frequencies.to_offset(pd.Timedelta(node, "ns"))
    if not isinstance(node, str) or len(node) > _LONGEST_NAME:
        raise MalformedFrame("a frequency that pandas does not have")
    return pd.tseries.frequencies.to_offset(node if _HAS_NEW_NAMES else _renamed(node, _OLD_NAMES))


def _renamed(name: str, names: dict[str, str]) -> str:
    letters = name.lstrip("-0123456789")
    count = name[: len(name) - len(letters)]
    word, dash, anchor = letters.partition("-")
    return f"{count}{names.get(word, word)}{dash}{anchor}"
