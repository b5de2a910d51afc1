"""What a result is whose metrics are not all finite numbers: its organiser's fault.

One rule for the engine and the hub: no layer drops such a metric, because the next one needs it.
"""

import math
from collections.abc import Collection
from dataclasses import replace

from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.results import FileOutcome, Verdict


def with_finite_metrics(result: FileOutcome, columns: Collection[str] = ()) -> FileOutcome:
    """Return a score, or the organiser's fault in its place.

    Parameters
    ----------
    result : FileOutcome
    columns : collection of str
        The metrics that it must have.

    Returns
    -------
    FileOutcome
        The same when it is no score, or every metric is a finite number. Else with the verdict
        `organiser_error`, the name of the first metric that is none, and the finite metrics.
    """
    if result.verdict is not Verdict.SCORED:
        return result
    finite = {name: value for name, value in result.metrics.items() if math.isfinite(value)}
    wrong = [name for name in (*result.metrics, *columns) if name not in finite]
    if not wrong:
        return result
    message = Closed.NOT_FINITE_METRIC.said(metric=wrong[0])
    return replace(result, verdict=Verdict.ORGANISER_ERROR, message=message, metrics=finite)
