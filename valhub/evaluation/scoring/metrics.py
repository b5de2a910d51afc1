"""The registry: every metric a package may ask for, with unit, direction, formula and source.

The formulas themselves live beside this file, by subject. A metric's column in the results is
`<metric>_<reference>`, or the bare name for those that no single reference belongs to.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import SupportsFloat

from valhub.evaluation.packages.tasks.config_checks import KnownNames
from valhub.evaluation.scoring import agreement, angles, change_points, classification, costs
from valhub.evaluation.scoring.intervals import ERROR, SHARE, SIGNED, Bounds
from valhub.evaluation.scoring.operations import OPERATIONS

REFERENCE_UNIT = "unit of the reference"


class MetricKind(StrEnum):
    """What a metric is computed from."""

    TIME_SERIES = "time_series"  # answer and truth as arrays of numbers
    CLASSIFICATION = "classification"  # answer and truth as arrays of 0 and 1
    SCALAR = "scalar"  # one number each
    RESOURCE = "resource"  # the file's result itself


@dataclass(frozen=True)
class Metric:
    """One way to score an answer.

    Attributes
    ----------
    unit : str
        Empty for a pure number; `REFERENCE_UNIT` where the reference decides.
    lower_is_better : bool
        True for a signed metric too: its size counts.
    bounds : tuple of float
        The least and the greatest value it can have.
    signed : bool
        The best value is 0, with worse ones on both sides.
    needs_tolerance : bool
        The function takes a third argument that the package declares under `tolerances`.
    references : tuple of str
        The references it takes together; empty when it takes one at a time.
    """

    name: str
    kind: MetricKind
    function: Callable[..., SupportsFloat]
    unit: str
    lower_is_better: bool
    formula: str
    source: str
    bounds: Bounds = ERROR
    signed: bool = False
    needs_tolerance: bool = False
    references: tuple[str, ...] = ()


WILLMOTT = "Willmott and Matsuura 2005"
MARDIA = "Mardia and Jupp 2000"

SERIES_METRICS = (
    Metric(
        "mean_absolute_error",
        MetricKind.TIME_SERIES,
        agreement.mean_absolute_error,
        unit=REFERENCE_UNIT,
        lower_is_better=True,
        formula="mean |ŷ - y|",
        source=WILLMOTT,
    ),
    Metric(
        "mean_bias_error",
        MetricKind.TIME_SERIES,
        agreement.mean_bias_error,
        unit=REFERENCE_UNIT,
        lower_is_better=True,
        formula="mean(ŷ - y)",
        source=WILLMOTT,
        bounds=SIGNED,
        signed=True,
    ),
    Metric(
        "root_mean_squared_error",
        MetricKind.TIME_SERIES,
        agreement.root_mean_squared_error,
        unit=REFERENCE_UNIT,
        lower_is_better=True,
        formula="√mean (ŷ - y)²",
        source=WILLMOTT,
    ),
    Metric(
        "share_within_tolerance",
        MetricKind.TIME_SERIES,
        agreement.share_within_tolerance,
        unit="",
        lower_is_better=False,
        formula="share of |ŷ - y| ≤ tolerance",
        source="empirical distribution function",
        bounds=SHARE,
        needs_tolerance=True,
    ),
    Metric(
        "offset_free_mean_absolute_error",
        MetricKind.TIME_SERIES,
        agreement.offset_free_mean_absolute_error,
        unit=REFERENCE_UNIT,
        lower_is_better=True,
        formula="mean |e - median e|, e = ŷ - y",
        source="Bloomfield and Steiger 1983",
    ),
    Metric(
        "change_point_f1",
        MetricKind.TIME_SERIES,
        change_points.change_point_f1,
        unit="",
        lower_is_better=False,
        formula="2 matched / (found + real), matched one to one within the tolerance in samples",
        source="Truong, Oudre and Vayatis 2020",
        bounds=SHARE,
        needs_tolerance=True,
    ),
)

CLASSIFICATION_METRICS = (
    Metric(
        "f1_score",
        MetricKind.CLASSIFICATION,
        classification.f1_score,
        unit="",
        lower_is_better=False,
        formula="2 TP / (2 TP + FP + FN)",
        source="van Rijsbergen 1979",
        bounds=SHARE,
    ),
    Metric(
        "balanced_accuracy",
        MetricKind.CLASSIFICATION,
        classification.balanced_accuracy,
        unit="",
        lower_is_better=False,
        formula="(TP / (TP + FN) + TN / (TN + FP)) / 2",
        source="Brodersen et al. 2010",
        bounds=SHARE,
    ),
    Metric(
        "matthews_correlation_coefficient",
        MetricKind.CLASSIFICATION,
        classification.matthews_correlation_coefficient,
        unit="",
        lower_is_better=False,
        formula="(TP TN - FP FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))",
        source="Matthews 1975; Chicco and Jurman 2020",
        bounds=(-1.0, 1.0),
    ),
    Metric(
        "false_positive_rate",
        MetricKind.CLASSIFICATION,
        classification.false_positive_rate,
        unit="",
        lower_is_better=True,
        formula="FP / (FP + TN)",
        source="Fawcett 2006",
        bounds=SHARE,
    ),
)

SCALAR_METRICS = (
    Metric(
        "error",
        MetricKind.SCALAR,
        agreement.error,
        unit=REFERENCE_UNIT,
        lower_is_better=True,
        formula="ŷ - y",
        source="JCGM 200:2012",
        bounds=SIGNED,
        signed=True,
    ),
    Metric(
        "absolute_error",
        MetricKind.SCALAR,
        agreement.absolute_error,
        unit=REFERENCE_UNIT,
        lower_is_better=True,
        formula="|ŷ - y|",
        source="JCGM 200:2012",
    ),
    Metric(
        "angular_error",
        MetricKind.SCALAR,
        angles.angular_error,
        unit="°",
        lower_is_better=True,
        formula="((ŷ - y + 180) mod 360) - 180",
        source=MARDIA,
        bounds=(-180.0, 180.0),
        signed=True,
    ),
    Metric(
        "absolute_angular_error",
        MetricKind.SCALAR,
        angles.absolute_angular_error,
        unit="°",
        lower_is_better=True,
        formula="|((ŷ - y + 180) mod 360) - 180|",
        source=MARDIA,
    ),
    Metric(
        "combined_orientation_angle",
        MetricKind.SCALAR,
        angles.combined_orientation_angle,
        unit="°",
        lower_is_better=True,
        formula="arccos(cos β̂ cos β + sin β̂ sin β cos Δaz)",
        source="Duffie and Beckman 2013, in Sinnott's 1984 haversine form",
        references=("azimuth", "tilt"),
    ),
)

RESOURCE_METRICS = (
    Metric(
        costs.RUN_TIME,
        MetricKind.RESOURCE,
        costs.runtime,
        unit="s",
        lower_is_better=True,
        formula="elapsed time of the call",
        source="monotonic clock outside the sandbox",
    ),
    Metric(
        costs.CPU_TIME,
        MetricKind.RESOURCE,
        costs.cpu_time,
        unit="s",
        lower_is_better=True,
        formula="user + system time of the call",
        source="the kernel's accounting, in control groups",
    ),
    Metric(
        costs.PEAK_MEMORY,
        MetricKind.RESOURCE,
        costs.peak_memory,
        unit="MiB",
        lower_is_better=True,
        formula="highest memory use during the call",
        source="the sandbox's accounting",
    ),
    Metric(
        "coverage",
        MetricKind.RESOURCE,
        costs.coverage,
        unit="",
        lower_is_better=False,
        formula="values with an answer / expected values",
        source="alignment",
        bounds=SHARE,
    ),
)


def _by_name(metrics: Iterable[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


METRICS: dict[str, Metric] = _by_name(
    (*SERIES_METRICS, *CLASSIFICATION_METRICS, *SCALAR_METRICS, *RESOURCE_METRICS)
)


KNOWN_NAMES = KnownNames(
    time_series_metrics=frozenset(_by_name((*SERIES_METRICS, *CLASSIFICATION_METRICS))),
    scalar_metrics=frozenset(_by_name(SCALAR_METRICS)),
    resource_metrics=frozenset(_by_name(RESOURCE_METRICS)),
    operations=frozenset(OPERATIONS),
)
"""What a package is checked against when it is opened."""
