"""What a script package's `evaluate` returned, read as metrics.

The documented shape is `{"result": [{split: {metric: number}}, ...], ...}`; a metric's name here is
`split.metric`, in the order of the splits.
"""

import math
from numbers import Real

from valhub.evaluation.errors import EvaluationError


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
        When it has another shape, no metric at all, or a metric that is not a finite number.
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
    return metrics


def _pairs(value: object, what: str) -> list[tuple[object, object]]:
    if not isinstance(value, dict):
        raise InvalidResult(f"In what the analysis' evaluate returned, {what} is no dictionary.")
    return list(value.items())


def _finite(value: object, name: str) -> float:
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    raise InvalidResult(f"The analysis' evaluate returned {name}, which is no finite number.")
