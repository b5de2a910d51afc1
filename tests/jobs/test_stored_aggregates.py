"""A run's aggregates, read from its row, also from one that was written by an earlier release."""

import json
from dataclasses import replace

from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.results import Aggregate, Best, Verdict
from valhub.jobs.models import Run
from valhub.jobs.selectors.stored_aggregates import aggregates_of
from valhub.jobs.services.run_summary import RunSummary, summary_of

ERROR = "mean_bias_error_time_series"
BIAS = Aggregate(0.5, 0.25, 1.0, "min", "Bias", "mean", ERROR, Best.ZERO, 12, 9, "So so.")
COLUMN = {"name": f"mean_{ERROR}", "label": "Bias", "unit": "min", "best": "zero", "shown": True}
EARLIER = {
    "value": 0.5,
    "low": 0.25,
    "high": 1.0,
    "unit": "min",
    "label": "Bias",
    "lower_is_better": True,
    "resampled": "systems",
}


def run_with(aggregates: dict[str, object], version: AnalysisVersion | None = None) -> Run:
    """A run whose row was written and read again."""
    stored = json.loads(json.dumps(aggregates))
    return Run(version=version or AnalysisVersion(), verdict="scored", aggregates=stored)


def test_what_a_run_stores_is_read_back() -> None:
    summed = RunSummary(Verdict.SCORED, "", 1.0, {"bias": BIAS})
    stored = summed.documents()["aggregates"]
    assert stored["bias"]["operation"] == "mean"
    assert stored["bias"]["column"] == ERROR
    assert stored["bias"]["best"] == "zero"
    assert summary_of(run_with(stored)).aggregates == {"bias": BIAS}


def test_an_earlier_row_takes_what_it_lacks_from_the_version_s_columns() -> None:
    version = AnalysisVersion(columns=[COLUMN], file_columns=[{"name": ERROR, "unit": "min"}])
    run = run_with({f"mean_{ERROR}": EARLIER}, version)
    # Its interval did not count systems, so it is not shown any more.
    without = replace(
        BIAS,
        low=None,
        high=None,
        files=0,
        systems=0,
        caveat="Scored by an earlier release; run it again for an interval.",
    )
    assert aggregates_of(run) == {f"mean_{ERROR}": without}


def test_an_earlier_row_of_a_metric_without_a_column_keeps_its_direction() -> None:
    run = run_with({"all.r2": {**EARLIER, "lower_is_better": False}, "all.mae": EARLIER})
    read = aggregates_of(run)
    assert [one.best for one in read.values()] == [Best.HIGHEST, Best.LOWEST]
    assert read["all.r2"].column == "all.r2"
    assert read["all.r2"].operation == ""
