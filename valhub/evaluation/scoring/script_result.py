"""What a script package's `evaluate` returned, read as metrics.

The documented shape is `{"result": [{split: {metric: number}}, ...], ...}`; a metric's name here is
`split.metric`, in the order of the splits.
"""

import math
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from numbers import Real

from valhub.evaluation.errors import EvaluationError
from valhub.texts import cut

LONGEST_NAME = 200
MOST_METRICS = 100
_QUOTED = 60
# What everybody may see stands in every list of submissions; the rest is stored with one.
_PUBLIC = ("result", "execution_time")
_PUBLIC_CHARACTERS = 64 * 1024
_CHARACTERS = 1024 * 1024
# Python writes no whole number of more than 4,300 digits.
_LONGEST_BITS = 10_000


class InvalidResult(EvaluationError):
    """The analysis' evaluate returned something that is not the documented result."""

    code = "invalid-result"


def metrics_of(returned: object) -> dict[str, float]:
    """Read the public metrics of an evaluation.

    Parameters
    ----------
    returned : object
        What `evaluate` returned.

    Returns
    -------
    dict of str to float
        By `split.metric`; finite.

    Raises
    ------
    InvalidResult
        When it has another shape, no metric at all or too many, a metric that is not a finite
        number, or a name that cannot be stored or is too similar to another.
    """
    if not isinstance(returned, dict) or not isinstance(returned.get("result"), list):
        raise InvalidResult(
            'The analysis\' evaluate must return a dictionary with "result": a list of '
            "{split: {metric: number}}."
        )
    _check_size({key: returned.get(key) for key in _PUBLIC}, _PUBLIC_CHARACTERS)
    _check_size(returned, _CHARACTERS)
    metrics: dict[str, float] = {}
    for entry in returned["result"]:
        for split, values in _pairs(entry, "each entry of result"):
            for metric, value in _pairs(values, f"the split {quoted(str(split))}"):
                name = f"{split}.{metric}"
                metrics[name] = _finite(value, name)
    if not metrics:
        raise InvalidResult("The analysis' evaluate returned a result without any metric.")
    if len(metrics) > MOST_METRICS:
        raise InvalidResult(
            f"The analysis' evaluate returned {len(metrics):,} metrics; at most {MOST_METRICS} "
            "are allowed. Return fewer."
        )
    _check_names(metrics)
    return metrics


def name_key(name: str) -> str:
    """Return what identifies a metric: names that some database considers equal share it."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in letters if not unicodedata.combining(one)).strip()


def alike(names: Iterable[str]) -> tuple[str, str] | None:
    """Find two different names that share their key; None when there are none."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(name_key(name), name)
        if other != name:
            return other, name
    return None


def quoted(name: str) -> str:
    """Write a metric's name in a sentence: escaped, and not too long."""
    return repr(cut(name, _QUOTED))


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise InvalidResult(
                f"The analysis' evaluate returned a metric named {quoted(name)}. A name "
                f"(split.metric) has at most {LONGEST_NAME} characters, all of them printable. "
                "Shorten or change it."
            )
    two = alike(names)
    if two is not None:
        raise InvalidResult(
            f"The analysis' evaluate returned {quoted(two[0])} and {quoted(two[1])}, which differ "
            "only in case or accents. Give them names that differ in more than that."
        )


def _pairs(value: object, what: str) -> list[tuple[object, object]]:
    if not isinstance(value, dict):
        raise InvalidResult(f"In what the analysis' evaluate returned, {what} is not a dictionary.")
    return list(value.items())


def _check_size(value: object, most: int) -> None:
    """Raise `InvalidResult` when a value takes more characters than can be stored and shown."""
    left, pending = most, [value]
    while pending:
        match pending.pop():
            case dict() as entries:
                pending += [*entries.keys(), *entries.values()]
                left -= 2 * len(entries)
            case list() | tuple() as items:
                pending += items
                left -= len(items)
            case str() as text:
                left -= len(text)
            case int() as number if number.bit_length() > _LONGEST_BITS:
                raise InvalidResult(
                    "The analysis' evaluate returned a whole number of thousands of digits. "
                    "Return it as a float."
                )
            case other:
                left -= len(str(other))
        if left < 0:
            raise InvalidResult(
                f"The analysis' evaluate returned more than {most // 1024:,} KiB"
                f"{' of result' if most == _PUBLIC_CHARACTERS else ''}. Return less."
            )


def _finite(value: object, name: str) -> float:
    number = math.nan
    if isinstance(value, bool):
        # To Python, True is the number 1; whoever returns it has compared instead of counted.
        raise InvalidResult(
            f"The analysis' evaluate returned {quoted(name)}, which is {value} and not a number. "
            f"Return {float(value)} if that is meant."
        )
    if isinstance(value, Real):
        # A whole number may be too large for a float.
        with suppress(OverflowError):
            number = float(value)
    if math.isfinite(number):
        return number
    raise InvalidResult(
        f"The analysis' evaluate returned {quoted(name)}, which is not a finite number."
    )
