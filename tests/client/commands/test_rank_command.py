import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from valhub.client.exit_codes import ExitCode
from valhub.client.metric_directions import best_of
from valhub.client.result_document import FORMAT
from valhub.evaluation.scoring.statistics import Best

Valhub = Callable[..., Result]
PRIMARY = "mean_mean_absolute_error_time_series"


def document(name: str, values: list[float], **changes: Any) -> dict[str, Any]:
    mean = {"value": sum(values) / len(values), "low": min(values), "high": max(values)}
    files = [
        {
            "file_name": f"{number}.csv",
            "metrics": {"mean_absolute_error_time_series": value},
            "system_id": str(number),
            "on_leaderboard": True,
            "cpu_s": 0.25,
        }
        for number, value in enumerate(values)
    ]
    return {
        "format": FORMAT,
        "package": "shifts",
        "algorithm": name,
        "primary_metric": PRIMARY,
        "coverage": 1.0,
        "aggregates": {PRIMARY: {**mean, "unit": "min", "label": "MAE", "lower_is_better": True}},
        "files": files,
        "receipt": {"package": "ab", "scorer": "1"},
        **changes,
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_one(name: str, values: list[float], **changes: Any) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document(name, values, **changes)))
        return path

    return write_one


def rows(done: Result) -> list[list[str]]:
    assert done.exit_code == ExitCode.SCORED, done.output
    return [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]


def test_the_best_comes_first_with_its_interval(valhub: Valhub, write: Callable[..., Path]) -> None:
    worse, better = write("worse", [5.0] * 9 + [6.0]), write("better", [1.0] * 9 + [2.0])
    first, second = rows(valhub("rank", worse, better))
    assert first[:5] == ["1", "better", "1.1", "min", "1"]
    assert second[:4] == ["2", "worse", "5.1", "min"]
    assert "100" in first


def test_differences_that_chance_explains_leave_ranks_open(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    one, other = write("one", [1.0, 5.0] * 5), write("other", [5.1, 1.0] * 5)
    assert all("1 to 2" in " ".join(row) for row in rows(valhub("rank", one, other)))


def test_incomplete_results_follow_complete_ones(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    paths = write("half", [0.0] * 5, coverage=0.5), write("whole", [9.0] * 10)
    assert [row[1] for row in rows(valhub("rank", *paths))] == ["whole", "half"]


def test_results_without_a_score_come_last(valhub: Valhub, write: Callable[..., Path]) -> None:
    paths = write("none", [1.0], aggregates={}, coverage=0.0), write("some", [9.0] * 10)
    assert [row[1] for row in rows(valhub("rank", *paths))] == ["some", "none"]


@pytest.mark.parametrize(
    "changes", [{"package": "other"}, {"receipt": {"package": "cd"}}, {"primary_metric": "x"}]
)
def test_results_of_different_packages_are_not_compared(
    valhub: Valhub, write: Callable[..., Path], changes: dict[str, Any]
) -> None:
    done = valhub("rank", write("a", [1.0]), write("b", [1.0], **changes))
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "The results differ in the" in done.stderr


def test_a_script_packages_results_rank_by_their_own_metric(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    def scored(name: str, value: float) -> Path:
        metric = {"value": value, "low": None, "high": None, "unit": "", "label": "accuracy"}
        changes = {
            "primary_metric": "split.accuracy",
            "aggregates": {"split.accuracy": {**metric, "lower_is_better": False}},
        }
        path = write(name, [value], **changes)
        one = json.loads(path.read_text())
        one["files"][0]["metrics"] = {"split.accuracy": value}
        path.write_text(json.dumps(one))
        return path

    done = valhub("rank", scored("low", 0.5), scored("high", 0.75))
    assert [row[1] for row in rows(done)] == ["high", "low"]


def test_a_missing_file_is_told(valhub: Valhub) -> None:
    done = valhub("rank", "nowhere.json")
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "nowhere.json cannot be read" in done.stderr


def test_signed_errors_are_best_at_zero() -> None:
    assert best_of("mean_mean_bias_error_time_series", lower_is_better=True) is Best.ZERO
    assert best_of("std_mean_bias_error_time_series", lower_is_better=True) is Best.LOWEST
    assert best_of("mean_error_azimuth", lower_is_better=True) is Best.ZERO
    assert best_of("split.accuracy", lower_is_better=False) is Best.HIGHEST
