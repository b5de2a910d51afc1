"""Which of a task's arguments a function gets, and how: one rule, for checks and for calls.

A check reads the parameters from the source (`source_code`), the sandbox from the function itself.
This file is shown inside the sandbox as well, so it imports nothing but the standard library and
runs on Python 3.9.

By name, unless the task asks for positions: a name that matches is passed by name, and a required
name that the task does not offer is an error. Position is used only when no name matches, exactly
as many arguments are open as the task offers, and no name contradicts the order.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REST, _KEYWORDS = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
# Comparing names costs time, and no real function comes near.
_MOST_PARAMETERS = 100
_SHOWN_NAMES, _SHOWN_CHARACTERS = 30, 40
# What people write for the names that tasks use, where the beginning of the name does not show it.
_SHORT_FORMS = {
    "lng": "longitude",
    "tz": "timezone",
    "freq": "data_sampling_frequency",
    "frequency": "data_sampling_frequency",
    "samplingfrequency": "data_sampling_frequency",
}
# Like a name that tasks use, and yet another quantity.
_OTHER_QUANTITIES = frozenset({"altitude", "time"})


class Mismatch(NamedTuple):
    """Why a function cannot be called with what the task offers, and how to fix it."""

    problem: str
    fix: str


class Bound(NamedTuple):
    """What a function is called with after the data.

    Attributes
    ----------
    positional : tuple
        Values in the order of its parameters.
    named : dict
        Values by name.
    by_position : bool
        Whether the task's order decided, and not the names.
    """

    positional: tuple[Any, ...]
    named: dict[str, Any]
    by_position: bool = False


def bind(
    parameters: Sequence[inspect.Parameter],
    offered: Mapping[str, Any],
    *,
    by_position: bool = False,
) -> Bound | Mismatch:
    """Decide which of the offered arguments a function gets after its first argument, the data.

    Parameters
    ----------
    parameters : sequence of inspect.Parameter
        All of the function's.
    offered : mapping of str to object
        What the task offers, in its declared order.
    by_position : bool
        Whether the task passes its arguments by position, whatever the names are.

    Returns
    -------
    Bound or Mismatch
        A mismatch when a required argument would get nothing, or a value the wrong place.
    """
    mismatch = _takes_no_data(parameters)
    if mismatch:
        return mismatch
    own = list(parameters if parameters[0].kind is _REST else parameters[1:])
    if by_position:
        return _in_order(own, offered)
    if parameters[0].kind in POSITIONAL and parameters[0].name in offered:
        return Mismatch(
            f"The function's first argument is {_quoted(parameters[0].name)}, where the data is "
            "passed.",
            f"Put an argument for the data first. {_what_is_offered(offered)}",
        )
    return _in_order(own, offered) if _fits_in_order(own, offered) else _by_name(own, offered)


def _takes_no_data(parameters: Sequence[inspect.Parameter]) -> Mismatch | None:
    if len(parameters) > _MOST_PARAMETERS:
        return Mismatch(
            f"The function takes {len(parameters):,} arguments.",
            f"At most {_MOST_PARAMETERS} are supported.",
        )
    if not parameters or parameters[0].kind not in (*POSITIONAL, _REST):
        return Mismatch(
            "The function takes no argument by position.", "Its first argument is the data."
        )
    return None


def _fits_in_order(own: list[inspect.Parameter], offered: Mapping[str, Any]) -> bool:
    """Return whether the arguments can only be meant in the task's order."""
    if not offered or any(p.kind is _KEYWORDS or p.name in offered for p in own):
        return False
    if any(_is_required(p) and p.kind not in POSITIONAL for p in own):
        return False
    positional = [p for p in own if p.kind in POSITIONAL]
    # An argument with a default of its own, such as window=5, is an option of the author's.
    is_open = [p.default is None or _is_required(p) for p in positional]
    count = sum(is_open)
    if not all(is_open[:count]):
        return False
    names = list(offered)
    # `f(series, lon, lat)` is not meant for a task that offers latitude, then longitude.
    if any(_meant(p.name, names) not in ("", *names[i : i + 1]) for i, p in enumerate(positional)):
        return False
    if any(p.kind is _REST for p in own):
        return count == len(positional) <= len(names)
    return count == len(names)


def _in_order(own: list[inspect.Parameter], offered: Mapping[str, Any]) -> Bound | Mismatch:
    names = list(offered)
    positional = [p for p in own if p.kind in POSITIONAL]
    takes_rest = any(p.kind is _REST for p in own)
    count = len(names) if takes_rest else min(len(names), len(positional))
    left = names[count:]
    if any(p.kind is _KEYWORDS for p in own):
        taken = {p.name for p in positional}
        named = {name: offered[name] for name in left if name not in taken}
    else:
        others = {p.name for p in own if p.kind is p.KEYWORD_ONLY}
        named = {name: offered[name] for name in left if name in others}
    open_ones = [p for p in own if p not in positional[:count] and p.name not in named]
    missing = [p.name for p in open_ones if _is_required(p)]
    if missing:
        return Mismatch(
            f"The function requires {_listed(missing)}, for which nothing is left.",
            f"This task passes its arguments by position. {_what_is_offered(offered)} "
            "Give the others a default, or remove them.",
        )
    return Bound(tuple(offered[name] for name in names[:count]), named, by_position=True)


def _by_name(own: list[inspect.Parameter], offered: Mapping[str, Any]) -> Bound | Mismatch:
    takes_any_name = any(p.kind is _KEYWORDS for p in own)
    takes_rest = any(p.kind is _REST for p in own) and not takes_any_name
    missing = [p.name for p in own if _is_required(p) and p.name not in offered]
    if missing:
        return _not_offered("requires", missing, offered)
    missed = [] if takes_any_name or takes_rest else _near_misses(own, offered)
    if missed:
        return _not_offered("names", missed, offered)
    ahead = _passed_ahead(own, offered, everything=takes_rest)
    claimed = {p.name for p in (own if takes_rest else ahead)}
    rest = [value for name, value in offered.items() if takes_rest and name not in claimed]
    taken = {p.name for p in ahead}
    known = {p.name for p in own}
    named = {
        name: value
        for name, value in offered.items()
        if name not in taken and (takes_any_name or name in known)
    }
    return Bound((*(offered.get(p.name, p.default) for p in ahead), *rest), named)


def _passed_ahead(
    own: list[inspect.Parameter], offered: Mapping[str, Any], *, everything: bool
) -> list[inspect.Parameter]:
    """Choose the parameters that get their value by position although names decide.

    Those before a `/`, and all of them when further values follow in `*args`.
    """
    if everything:
        return [p for p in own if p.kind in POSITIONAL]
    only = [p for p in own if p.kind is p.POSITIONAL_ONLY]
    last = max((i for i, p in enumerate(only) if p.name in offered), default=-1)
    return only[: last + 1]


def _near_misses(own: list[inspect.Parameter], offered: Mapping[str, Any]) -> list[str]:
    """Find `lat=None` where the task offers `latitude`: it would keep its default in silence."""
    known = {p.name for p in own}
    open_names = [name for name in offered if name not in known]
    return [p.name for p in own if p.name not in offered and _meant(p.name, open_names)]


def _not_offered(verb: str, names: list[str], offered: Mapping[str, Any]) -> Mismatch:
    hints = [(name, hint) for name in names[:_SHOWN_NAMES] if (hint := _hint(name, list(offered)))]
    if len(names) == 1:
        meant = f"Did you mean {_quoted(hints[0][1])}? " if hints else ""
    else:
        pairs = ", ".join(f"{_quoted(hint)} for {_quoted(name)}" for name, hint in hints)
        meant = f"Did you mean {pairs}? " if pairs else ""
    them = "it" if len(names) == 1 else "them"
    # What is merely named has a default already.
    change = f"or remove {them}."
    if verb == "requires":
        change = f"give {them} a default, {change}"
    if offered:
        way = "Arguments are passed by name here."
        change = f"{way} {_what_is_offered(offered)} Rename {them}, {change}"
    else:
        change = f"{_what_is_offered(offered)} {change.capitalize()}"
    return Mismatch(
        f"The function {verb} {_listed(names)}, which this task does not offer.", f"{meant}{change}"
    )


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in (_REST, _KEYWORDS)


def _meant(word: str, names: list[str]) -> str:
    """Return the one name that a word plainly stands for: `lat`, `Latitude` or `lattitude`."""
    plain = _plain(word)
    if word in names or plain in _OTHER_QUANTITIES:
        return ""
    same = [name for name in names if plain in (_plain(name), *_short_forms(name))]
    begins = [name for name in names if len(plain) >= 3 and _is_cut(plain, name)]
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.85)
    return next((found[0] for found in (same, begins, close) if len(found) == 1), "")


def _is_cut(plain: str, name: str) -> bool:
    """Return whether a word is the beginning of a name's first word, but not all of it."""
    first = name.lower().partition("_")[0]
    return first.startswith(plain) and first != plain


def _hint(word: str, names: list[str]) -> str:
    """Return the name that was probably meant; as a hint, a weak likeness is good enough."""
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return _meant(word, names) or next(iter(close), "")


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _short_forms(name: str) -> list[str]:
    return [short for short, full in _SHORT_FORMS.items() if _plain(full) == _plain(name)]


def _what_is_offered(offered: Iterable[str]) -> str:
    names = list(offered)
    if not names:
        return "This task offers nothing but the data."
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return f"This task offers {', '.join(map(_cut, names[:_SHOWN_NAMES]))}{more}, in this order."


def _listed(names: list[str]) -> str:
    shown = [_quoted(name) for name in names[:_SHOWN_NAMES]]
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def _quoted(name: str) -> str:
    return f'"{_cut(name)}"'


def _cut(name: str) -> str:
    return name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
