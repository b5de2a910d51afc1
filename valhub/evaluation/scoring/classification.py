"""Scores of yes-or-no answers, sample by sample: clipped or not, stale or not.

All functions take the answer first and the truth second, `answer` and `reference`: float64 arrays
of shape (n,), n ≥ 1, that hold 0 (no) and 1 (yes) only. Where the usual fraction is 0/0
(a file without any positive, say) each function returns the defined value its docstring gives,
never NaN.
"""

from dataclasses import dataclass

import numpy as np

from valhub.evaluation.scoring.agreement import Numbers


@dataclass(frozen=True)
class Confusion:
    """Counts of true and false positives and negatives, as floats: products cannot overflow."""

    tp: float
    fp: float
    fn: float
    tn: float


def confusion(answer: Numbers, reference: Numbers) -> Confusion:
    """Count the four outcomes of a yes-or-no answer."""
    yes, truly = answer > 0, reference > 0
    tp = float(np.count_nonzero(yes & truly))
    fp = float(np.count_nonzero(yes)) - tp
    fn = float(np.count_nonzero(truly)) - tp
    return Confusion(tp, fp, fn, yes.size - tp - fp - fn)


def f1_score(answer: Numbers, reference: Numbers) -> float:
    """F1, the harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).

    Returns
    -------
    float
        0 to 1. With nothing to find: 1 when nothing was flagged, else 0.

    Notes
    -----
    Source: van Rijsbergen (1979), Information Retrieval, chapter 7; scikit-learn's `f1_score`
    with `zero_division=1`.
    """
    c = confusion(answer, reference)
    concerned = 2 * c.tp + c.fp + c.fn
    return 2 * c.tp / concerned if concerned else 1.0


def balanced_accuracy(answer: Numbers, reference: Numbers) -> float:
    """Mean of the recalls of both classes, (TP / (TP + FN) + TN / (TN + FP)) / 2.

    Returns
    -------
    float
        0 to 1. When the truth has one class only: the recall of that class.

    Notes
    -----
    Source: Brodersen et al. (2010), ICPR, 3121-3124; scikit-learn's `balanced_accuracy_score`.
    """
    c = confusion(answer, reference)
    parts = ((c.tp, c.tp + c.fn), (c.tn, c.tn + c.fp))
    recalls = [right / of_class for right, of_class in parts if of_class]
    return sum(recalls) / len(recalls)


def matthews_correlation_coefficient(answer: Numbers, reference: Numbers) -> float:
    """Matthews correlation, (TP TN - FP FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN)).

    Returns
    -------
    float
        -1 to 1. When truth and answer each have one class only: 1 if it is the same class, else
        -1. When just one of them has a single class: 0.

    Notes
    -----
    Source: Matthews (1975), BBA 405, 442-451; the degenerate cases as Chicco and Jurman (2020),
    BMC Genomics 21, 6, derive them.
    """
    c = confusion(answer, reference)
    margins = (c.tp + c.fp) * (c.tp + c.fn) * (c.tn + c.fp) * (c.tn + c.fn)
    if margins:
        return float((c.tp * c.tn - c.fp * c.fn) / np.sqrt(margins))
    total = answer.size
    if total in (c.tp, c.tn):
        return 1.0
    return -1.0 if total in (c.fp, c.fn) else 0.0


def false_positive_rate(answer: Numbers, reference: Numbers) -> float:
    """Share of the true negatives that were flagged, FP / (FP + TN).

    Returns
    -------
    float
        0 to 1. When the truth has no negative: 0, as nothing could be flagged wrongly.

    Notes
    -----
    Source: Fawcett (2006), Pattern Recognition Letters 27, 861-874.
    """
    c = confusion(answer, reference)
    negatives = c.fp + c.tn
    return c.fp / negatives if negatives else 0.0
