"""One file's answer against its truth: the numbers that go into the file's result."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.packages.tasks.references import LARGEST_MAGNITUDE
from valhub.evaluation.results import FileOutcome
from valhub.evaluation.scoring.agreement import Numbers
from valhub.evaluation.scoring.alignment import align
from valhub.evaluation.scoring.angles import angular_error
from valhub.evaluation.scoring.answers import InvalidAnswer, InvalidTruth
from valhub.evaluation.scoring.metrics import MetricKind
from valhub.evaluation.scoring.plan import FileColumn, Scoring
from valhub.evaluation.scoring.scalars import scalars

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileScore:
    """What an answer is worth, before the costs of the call are known.

    Attributes
    ----------
    metrics : dict of str to float
        By column name; finite.
    coverage : float
        Share of the reference that was answered, above 0 and up to 1.
    """

    metrics: dict[str, float]
    coverage: float


def score_file(
    plan: Scoring,
    answer: object,
    truth: "pd.Series[float] | Mapping[str, float]",
    zone: str | None = None,
) -> FileScore:
    """Score one answer.

    Parameters
    ----------
    plan : Scoring
    answer : object
        Whatever the algorithm returned.
    truth : Series of numbers, or mapping of reference to number
        The file's reference series, or its scalar truths.
    zone : str or None
        The file's time zone.

    Returns
    -------
    FileScore
        Without the resource metrics, which `with_costs` adds.

    Raises
    ------
    InvalidAnswer
        When the answer cannot be read or aligned, or is not 0 or 1 where it must be: whatever it
        makes Python, NumPy or pandas raise.
    InvalidTruth
        When the truth itself does not fit the analysis: the organiser's fault.
    """
    _require_usable(plan, truth)
    blamed = partial(_blamed, plan=plan, truth=truth, zone=zone)
    with answer_boundary(blamed, InvalidAnswer, InvalidTruth):
        return _scored(plan, answer, truth, zone)


def _blamed(
    error: Exception,
    *,
    plan: Scoring,
    truth: "pd.Series[float] | Mapping[str, float]",
    zone: str | None,
) -> InvalidAnswer | InvalidTruth:
    """Say whose fault an exception was: a truth that fits scores at least as its own answer."""
    try:
        _scored(plan, truth, truth, zone)
    except Exception:
        log.exception("truth_unusable")
        return InvalidTruth(Closed.TRUTH.said())
    return InvalidAnswer.unreadable(error)


def _scored(
    plan: Scoring,
    answer: object,
    truth: "pd.Series[float] | Mapping[str, float]",
    zone: str | None,
) -> FileScore:
    columns = [column for column in plan.columns if column.metric.kind is not MetricKind.RESOURCE]
    if isinstance(truth, pd.Series):
        aligned = align(
            answer,
            truth,
            by=plan.alignment,
            fill=plan.fill,
            zone=zone,
            in_order=plan.of_earlier_hub,
        )
        answers = dict.fromkeys(plan.references, aligned.answer)
        truths = dict.fromkeys(plan.references, aligned.reference)
        coverage = aligned.coverage
    else:
        read = scalars(answer, plan.references, may_hold_more=plan.of_earlier_hub)
        answers = _arrays(read)
        truths = _arrays(truth)
        coverage = 1.0
    return FileScore({one.name: _value(one, answers, truths) for one in columns}, coverage)


def with_costs(plan: Scoring, result: FileOutcome) -> FileOutcome:
    """Add the plan's resource metrics (runtime, memory, coverage, …) to a file's metrics.

    A cost that was not measured is left out.

    Parameters
    ----------
    plan : Scoring
    result : FileOutcome
        With its costs and coverage set.

    Returns
    -------
    FileOutcome
        A copy; the same when called again.
    """
    costs = {
        column.name: float(column.metric.function(result))
        for column in plan.columns
        if column.metric.kind is MetricKind.RESOURCE
    }
    measured = {name: cost for name, cost in costs.items() if math.isfinite(cost)}
    return replace(result, metrics={**result.metrics, **measured})


def _arrays(values: Mapping[str, float]) -> dict[str, Numbers]:
    return {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}


def _value(
    column: FileColumn, answers: Mapping[str, Numbers], truths: Mapping[str, Numbers]
) -> float:
    answer = [answers[name] for name in column.references]
    truth = [truths[name] for name in column.references]
    if column.metric.kind is MetricKind.CLASSIFICATION:
        _require_yes_or_no(answer[0], truth[0])
    if column.angular:
        answer = [y + angular_error(x, y) for x, y in zip(answer, truth, strict=True)]
    tolerance = () if column.tolerance is None else (column.tolerance,)
    try:
        value = float(column.metric.function(*answer, *truth, *tolerance))
    except ArithmeticError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidTruth(Closed.NOT_FINITE_METRIC.said(metric=column.name))
    return value


def _require_usable(plan: Scoring, truth: "pd.Series[float] | Mapping[str, float]") -> None:
    """Refuse a truth that `check` refuses, if it was published all the same."""
    if isinstance(truth, Mapping):
        missing = [name for name in plan.references if name not in truth]
        if missing:
            raise InvalidTruth(Closed.NO_TRUTH.said(reference=missing[0]))
    values = np.asarray(list(truth.values()) if isinstance(truth, Mapping) else truth, float)
    if not (np.abs(values) <= LARGEST_MAGNITUDE).all():
        raise InvalidTruth(
            Closed.TRUTH_NOT_FINITE.said(),
            f"The reference holds numbers that are not finite or beyond ±{LARGEST_MAGNITUDE:g}; "
            "the organiser should correct it.",
        )
    classes = [one.name for one in plan.columns if one.metric.kind is MetricKind.CLASSIFICATION]
    if classes and plan.fill not in (None, 0, 1):
        fill = f"{plan.fill:g}"
        raise InvalidTruth(Closed.FILL_NOT_YES_OR_NO.said(fill=fill, metric=classes[0]))


def _require_yes_or_no(answer: Numbers, truth: Numbers) -> None:
    if not _is_yes_or_no(truth):
        raise InvalidTruth(Closed.TRUTH_NOT_YES_OR_NO.said())
    if not _is_yes_or_no(answer):
        raise InvalidAnswer(Closed.NOT_YES_OR_NO)


def _is_yes_or_no(numbers: Numbers) -> bool:
    return bool(((numbers == 0) | (numbers == 1)).all())
