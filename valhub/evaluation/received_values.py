"""The boundary between the values of strangers' programs and the hub: one check, one table.

Whatever leaves a sandbox, or a process that reads uploads, passes `problem_of` before anything else
looks at it: answers, what an `evaluate` asks and returns, exceptions, reports, findings of the
canary. The table says what each type may hold. A value of another type cannot come from a program
of ours.
"""

import datetime
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

# As deep as the guest writes; the web process, which checks reports, does not load the guest.
MOST_DEPTH = 64
# Scores are made of floats, which hold no larger number.
LARGEST_NUMBER = int(sys.float_info.max)
MOST_CHARACTERS = 16 * 1024 * 1024
MOST_BYTES = 64 * 1024 * 1024
# Of a name in a dictionary, such as that of a reference or a metric.
MOST_KEY_CHARACTERS = 4_096

NESTING = f"a value nested more than {MOST_DEPTH} deep"
HUGE = f"a whole number beyond ±{sys.float_info.max:.1e}"
LONG_TEXT = f"a text of more than {MOST_CHARACTERS:,} characters"
MANY_BYTES = f"more than {MOST_BYTES:,} bytes in one value"
LONG_KEY = f"a name of more than {MOST_KEY_CHARACTERS:,} characters"
OTHER_TYPE = "a value of a type that is not allowed"

_LIBRARIES = frozenset({"numpy", "pandas"})


def problem_of(value: object) -> str:
    """Say what of a value may not leave a sandbox, without quoting it; empty when all of it may.

    Parameters
    ----------
    value : object
        What the wire or a JSON document held.
    """
    pending: list[tuple[Collection[object], int]] = [((value,), 0)]
    while pending:
        items, depth = pending.pop()
        if depth > MOST_DEPTH:
            return NESTING
        for one in _worth_a_look(items):
            problem = _problem(one)
            if problem:
                return problem
            pending += [(inside, depth + 1) for inside in _inside(one)]
    return ""


def _worth_a_look(items: Collection[object]) -> Collection[object]:
    """Choose those that decide about all: long sequences are of numbers or texts alone."""
    kinds = set(map(type, items)) - _ALWAYS_FINE
    if not kinds:
        return ()
    if len(kinds) == 1 and (measure := _LARGEST_DECIDES.get(kinds.pop())):
        return (max((one for one in items if type(one) not in _ALWAYS_FINE), key=measure),)
    return items


def _problem(value: Any) -> str:
    kind = type(value)
    if kind in _ALWAYS_FINE:
        return ""
    rule = _RULES.get(kind)
    if rule is not None:
        return rule(value)
    return "" if _is_of_a_library(kind) else OTHER_TYPE


def _inside(value: Any) -> list[Collection[object]]:
    """List what a value holds that has to be looked at as well."""
    kind = type(value)
    if kind is dict:
        return [value.keys(), value.values()]
    if kind is list or kind is tuple:
        return [value]
    if kind in _RULES or kind in _ALWAYS_FINE:
        return []
    return _inside_of_a_table(value)


def _inside_of_a_table(value: Any) -> list[Collection[object]]:
    """List names and cells of an array, Series, Index or DataFrame that are Python objects."""
    if hasattr(value, "columns"):
        columns = [value.iloc[:, place] for place in range(value.shape[1])]
        return [part for one in (*columns, value.columns) for part in _inside_of_a_table(one)]
    index = getattr(value, "index", None)
    found = _inside_of_a_table(index) if hasattr(index, "dtype") else []
    found.append([*getattr(value, "names", ()), getattr(value, "name", None)])
    if getattr(getattr(value, "dtype", None), "kind", "") == "O" and hasattr(value, "tolist"):
        cells = value.tolist()
        found.append(cells if isinstance(cells, list) else [cells])
    return found


def _is_of_a_library(kind: type) -> bool:
    # The wire makes these itself; by name, because not everybody who reads values loads NumPy.
    return kind.__module__.partition(".")[0] in _LIBRARIES


def _whole_number(value: int) -> str:
    return HUGE if abs(value) > LARGEST_NUMBER else ""


def _text(value: str) -> str:
    return LONG_TEXT if len(value) > MOST_CHARACTERS else ""


def _bytes(value: bytes) -> str:
    return MANY_BYTES if len(value) > MOST_BYTES else ""


def _names(value: Mapping[object, object]) -> str:
    long = (isinstance(key, str) and len(key) > MOST_KEY_CHARACTERS for key in value)
    return LONG_KEY if any(long) else ""


def _fine(_: object) -> str:
    return ""


_LARGEST_DECIDES: Mapping[type, Callable[[Any], int]] = {
    int: abs,
    str: len,
    bytes: len,
}
# Whether a float may be NaN or infinite is up to whoever wants a number: NaN is a missing value.
_ALWAYS_FINE = frozenset({type(None), bool, float, complex})
_RULES: Mapping[type, Callable[[Any], str]] = {
    int: _whole_number,
    str: _text,
    bytes: _bytes,
    list: _fine,
    tuple: _fine,
    dict: _names,
    datetime.date: _fine,
    datetime.datetime: _fine,
    datetime.time: _fine,
    datetime.timedelta: _fine,
}
