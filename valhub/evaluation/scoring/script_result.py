"""What a script package's `evaluate` returned, read as metrics.

The documented shape is `{"result": [{split: {metric: number}}, ...], ...}`; a metric's name here is
`split.metric`, in the order of the splits.
"""

import math
import unicodedata
from collections.abc import Iterable
from numbers import Real

from valhub.evaluation.errors import EvaluationError

LONGEST_NAME = 200
MOST_METRICS = 100
_QUOTED = 60


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
    metrics: dict[str, float] = {}
    for entry in returned["result"]:
        for split, values in _pairs(entry, "each entry of result"):
            for metric, value in _pairs(values, f"the split {split}"):
                metrics[f"{split}.{metric}"] = _finite(value, f"{split}.{metric}")
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
    return repr(name if len(name) <= _QUOTED else name[:_QUOTED] + "…")


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


def _finite(value: object, name: str) -> float:
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    raise InvalidResult(
        f"The analysis' evaluate returned {quoted(name)}, which is not a finite number."
    )
