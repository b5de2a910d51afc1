"""Each version of the scorer has a table of the values that its formulas give.

A receipt names the version, so that two scores of one version can be compared. When a formula gives
another value, raise `SCORER_VERSION` and add the table of the new version to `scorer_versions.json`
(a failure of this test prints it); the older tables stay as they are.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.results import FileOutcome, Verdict
from valhub.evaluation.scoring import SCORER_VERSION
from valhub.evaluation.scoring.metrics import METRICS, MetricKind
from valhub.evaluation.scoring.operations import OPERATIONS, apply
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file, with_costs

TABLES = json.loads(Path(__file__).with_name("scorer_versions.json").read_text(encoding="utf-8"))
# To fewer digits than machines differ in.
DIGITS = 12

HOURS = pd.date_range("2020-10-24 22:00", periods=8, freq="h", tz="UTC").tz_convert("Europe/Paris")
TRUTHS = {
    "plain": pd.Series([0.0, 60.0, 60.0, 0.0, -15.0, -15.0, 7.5, 100.0], HOURS),
    "signs": pd.Series([0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0], HOURS),
    "angles": pd.Series([0.0, 359.0, 180.0, 90.0, 270.0, 10.0, 350.0, 45.0], HOURS),
    "days": pd.Series([1.0, 2.0, 4.0], pd.date_range("2020-03-28", periods=3)),
}
ANSWERS = {
    "exact": TRUTHS["plain"],
    "near": [0.5, 59.0, 61.25, 0.0, -20.0, -14.0, 7.5, 90.0],
    "in order": np.array([0.0, 60.0, 0.0, 0.0, 15.0, 15.0, 7.0, 99.0]),
    "backwards": TRUTHS["plain"].iloc[::-1] + 1.0,
    "without half": TRUTHS["plain"].iloc[::2],
    "signs": [1, 1, 0, 0, True, True, False, False],
    "none": [0] * 8,
    "angles": [350.0, 1.0, 0.0, 95.0, 260.0, 10.0, 10.0, 405.0],
    "naive": pd.Series(np.arange(8.0), HOURS.tz_localize(None)),
    "by date": pd.Series([4.0, 1.0], pd.to_datetime(["2020-03-30 13:00", "2020-03-28 23:00"])),
}
SERIES = [
    ("plain", "exact", {}),
    ("plain", "near", {}),
    ("plain", "in order", {}),
    ("plain", "backwards", {}),
    ("plain", "without half", {"fill_missing": 3.0}),
    ("plain", "naive", {}),
    ("signs", "signs", {}),
    ("signs", "none", {}),
    ("angles", "angles", {"angular": ["time_series"]}),
    ("days", "by date", {"alignment": "date", "fill_missing": 0.0}),
]
SCALARS = [
    ((180.0, 20.0), (180.0, 20.0), []),
    ((355.0, 18.5), (5.0, 20.0), ["azimuth"]),
    ((-170.0, 90.0), (170.0, 0.0), []),
    ({"tilt": 33.0, "azimuth": 181.0}, (179.0, 30.0), ["azimuth"]),
]
VALUES = np.array([0.0, 1.5, 1.5, -4.0, 9.0, 1e-3, 250.0])
COSTS = FileOutcome("a", Verdict.SCORED, wall_s=1.5, cpu_s=0.5, peak_memory_bytes=3 << 20)


def series_config(truth: str, **changes: object) -> TaskConfig:
    signs = truth == "signs"
    kinds = [MetricKind.TIME_SERIES, *([MetricKind.CLASSIFICATION] if signs else [])]
    metrics = [one.name for one in METRICS.values() if one.kind in kinds]
    tolerances = {name: 1.0 for name in metrics if METRICS[name].needs_tolerance}
    return TaskConfig.model_validate(
        {
            "function_name": "f",
            "comparison_type": "time_series",
            "performance_metrics": metrics,
            "tolerances": tolerances,
            **changes,
        }
    )


def scalar_config(angular: list[str]) -> TaskConfig:
    metrics = [one.name for one in METRICS.values() if one.kind is MetricKind.SCALAR]
    return TaskConfig.model_validate(
        {
            "function_name": "f",
            "comparison_type": "scalar",
            "references_compare": ["azimuth", "tilt"],
            "performance_metrics": metrics,
            "angular": angular,
        }
    )


def computed() -> Iterator[tuple[str, float]]:
    """Everything that a score is made of, by a name of its own."""
    for truth, answer, changes in SERIES:
        plan = Scoring.from_config(series_config(truth, **changes))
        score = score_file(plan, ANSWERS[answer], TRUTHS[truth], "Europe/Paris")
        for name, value in {**score.metrics, "coverage": score.coverage}.items():
            yield f"{truth}, {answer}: {name}", value
    for number, (scalars, truth, angular) in enumerate(SCALARS):
        plan = Scoring.from_config(scalar_config(angular))
        true = dict(zip(("azimuth", "tilt"), truth, strict=True))
        for name, value in score_file(plan, scalars, true).metrics.items():
            yield f"scalars {number}: {name}", value
    for operation in OPERATIONS:
        yield f"operation {operation}", apply(operation, VALUES)
    resources = [one.name for one in METRICS.values() if one.kind is MetricKind.RESOURCE]
    plan = Scoring.from_config(
        series_config("plain", performance_metrics=["mean_absolute_error", *resources])
    )
    for name, value in with_costs(plan, COSTS).metrics.items():
        yield f"costs: {name}", value


def table() -> dict[str, float]:
    return {name: float(f"{value:.{DIGITS}g}") for name, value in computed()}


def test_the_formulas_give_what_their_version_has_always_given() -> None:
    found = table()
    assert found == pytest.approx(TABLES[SCORER_VERSION], rel=1e-10, abs=1e-10), json.dumps(found)


def test_every_metric_and_operation_is_in_the_table() -> None:
    names = " ".join(TABLES[SCORER_VERSION])
    assert [name for name in METRICS if f": {name}" not in names] == []
    assert [name for name in OPERATIONS if f"operation {name}" not in names] == []


def test_each_version_gives_other_values_than_those_before() -> None:
    assert list(TABLES)[-1] == SCORER_VERSION
    tables = list(TABLES.values())
    assert all(one not in tables[:number] for number, one in enumerate(tables))


@pytest.mark.parametrize("name", [*METRICS])
def test_control_another_formula_changes_the_table(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    metric = METRICS[name]
    formula = metric.function
    changed = {**vars(metric), "function": lambda *values: formula(*values) * 1.001 + 1e-6}
    monkeypatch.setitem(METRICS, name, type(metric)(**changed))
    assert table() != pytest.approx(TABLES[SCORER_VERSION], rel=1e-10, abs=1e-10)
