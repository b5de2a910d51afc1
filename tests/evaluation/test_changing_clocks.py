"""A perfect answer is perfect on days of 23, 25 or 24½ hours, and where midnight is skipped."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.dataset import check_data
from valhub.evaluation.results import EvaluationResult, Verdict

Evaluate = Callable[..., EvaluationResult]

# By zone: the days around which clocks change, with how many half hours each has.
DAYS = {
    "Europe/Berlin": {"2024-03-31": 46, "2024-10-27": 50},
    "Australia/Lord_Howe": {"2024-10-06": 47, "2024-04-07": 49},
    "America/Sao_Paulo": {"2018-11-04": 46, "2018-02-17": 50},
}
METRIC = "mean_absolute_error_time_series"
CONFIG = {
    "category_name": "Half hours",
    "function_name": "count_half_hours",
    "comparison_type": "time_series",
    "performance_metrics": ["mean_absolute_error"],
    "metrics_operations": {METRIC: ["mean"]},
    "allowable_kwargs": ["timezone"],
}
BY_DATE = """\
    local = series.tz_convert(timezone)
    return local.groupby(local.index.date).size().astype(float)
"""
NAIVE_DATES = """\
    local = series.tz_convert(timezone)
    counts = local.groupby(local.index.date).size().astype(float)
    return counts.set_axis(pd.DatetimeIndex(counts.index))
"""
FIRST_MOMENTS = """\
    local = series.tz_convert(timezone)
    counts = local.groupby(local.index.date).size().astype(float)
    return counts.set_axis(series.groupby(local.index.date).apply(lambda day: day.index[0]))
"""
EACH_MOMENT = FIRST_MOMENTS.replace("local.index.date", "series.index")
AS_IT_IS = "    return series.tz_convert('UTC')[::-1]\n"
WITHOUT_ZONE = "    return series.tz_convert(timezone).tz_localize(None)\n"


def half_hours(zone: str) -> "pd.Series[float]":
    """Count up the half hours of the days around each change, in local time."""
    parts = []
    for day in sorted(DAYS[zone]):
        days = pd.date_range(pd.Timestamp(day) - pd.Timedelta("1D"), periods=4)
        # A midnight that is skipped is the moment at which the clocks go on.
        first, last = days[[0, -1]].tz_localize(zone, nonexistent="shift_forward", ambiguous=False)
        parts.append(pd.date_range(first, last, freq="30min", inclusive="left"))
    index = parts[0].append(parts[1:])
    return pd.Series(range(len(index)), index=index, name="power", dtype=float)


def truth_by_date(zone: str) -> "pd.Series[float]":
    days = (pd.date_range(pd.Timestamp(day) - pd.Timedelta("1D"), periods=3) for day in DAYS[zone])
    index = pd.DatetimeIndex(sorted(stamp for some in days for stamp in some))
    counts = [DAYS[zone].get(f"{stamp:%Y-%m-%d}", 48) for stamp in index]
    return pd.Series(counts, index=index, name="count", dtype=float)


def with_offsets(series: "pd.Series[float]") -> "pd.Series[float]":
    return series.set_axis(pd.Index([stamp.isoformat() for stamp in series.index], dtype=object))


def in_utc(series: "pd.Series[float]") -> "pd.Series[float]":
    return series.tz_convert("UTC")


@pytest.fixture
def run(evaluate_folders: Evaluate, tmp_path: Path) -> Callable[..., EvaluationResult]:
    """Evaluate one function on a file of each zone; `write` says how its data is written."""

    def call(body: str, truth_of: Callable[..., "pd.Series[float]"], write, suffix: str):
        package, algorithm = tmp_path / "package", tmp_path / "algorithm"
        (package / "data/files").mkdir(parents=True)
        (package / "data/references").mkdir()
        algorithm.mkdir()
        (package / "config.json").write_text(json.dumps(CONFIG))
        systems, files = "system_id,latitude,longitude\n", "system_id,file_name,timezone\n"
        for number, zone in enumerate(DAYS, start=1):
            systems += f"{number},0,0\n"
            files += f"{number},{number}.{suffix},{zone}\n"
            save(write(half_hours(zone)), package / f"data/files/{number}.{suffix}")
            save(truth_of(zone), package / f"data/references/{number}.{suffix}")
        (package / "data/system_metadata.csv").write_text(systems)
        (package / "data/file_metadata.csv").write_text(files)
        check_data(open_package(package))
        source = f"import pandas as pd\ndef count_half_hours(series, timezone):\n{body}"
        (algorithm / "requirements.txt").write_text("numpy==2.2.*\npandas==2.3.*\n")
        (algorithm / "submission_wrapper.py").write_text(source)
        return evaluate_folders(package, algorithm)

    return call


def save(series: "pd.Series[float]", path: Path) -> None:
    table = series.rename_axis("time").to_frame()
    table.to_csv(path) if path.suffix == ".csv" else table.to_parquet(path)


def assert_perfect(result: EvaluationResult) -> None:
    answers = {one.file_name: (one.verdict, one.message, one.coverage) for one in result.files}
    assert set(answers.values()) == {(Verdict.SCORED, "", 1.0)}, answers
    assert [one.metrics[METRIC] for one in result.files] == [0.0] * len(DAYS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "write", "suffix"),
    [
        (BY_DATE, with_offsets, "csv"),
        (NAIVE_DATES, in_utc, "parquet"),
        (FIRST_MOMENTS, in_utc, "csv"),
    ],
    ids=["dates", "naive dates", "moments"],
)
def test_a_daily_answer_is_aligned_by_local_date(run, body, write, suffix):
    assert_perfect(run(body, truth_by_date, write, suffix))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "truth"), [(AS_IT_IS, with_offsets), (EACH_MOMENT, in_utc)], ids=["offsets", "UTC"]
)
def test_a_half_hourly_answer_is_aligned_by_moment(run, body, truth):
    def truth_of(zone):
        series = half_hours(zone)
        return truth(series if body == AS_IT_IS else series * 0 + 1)

    assert_perfect(run(body, truth_of, in_utc, "csv"))


@pytest.mark.slow
def test_local_times_without_a_zone_come_first_and_again(run):
    """The repeated hour of autumn is there twice, in its order."""
    assert_perfect(run(WITHOUT_ZONE, lambda zone: in_utc(half_hours(zone)), in_utc, "csv"))
