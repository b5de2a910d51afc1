import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from valhub.client.exit_codes import ExitCode
from valhub.client.result_document import FORMAT

Valhub = Callable[..., Result]
COLUMN = "mean_absolute_error_time_series"
PRIMARY = f"mean_{COLUMN}"
DETAILS = {"unit": "min", "label": "MAE", "operation": "mean", "column": COLUMN, "best": "lowest"}


def document(name: str, values: list[float], **changes: Any) -> dict[str, Any]:
    mean = {"value": sum(values) / len(values), "low": min(values), "high": max(values)}
    files = [
        {
            "file_name": f"{number}.csv",
            "metrics": {COLUMN: value},
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
        "aggregates": {PRIMARY: {**mean, **DETAILS}},
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
    done = valhub("rank", one, other)
    assert all("1 to 2" in " ".join(row) for row in rows(done))
    assert "on 5 of 10 systems" in done.stdout


@pytest.mark.parametrize(
    ("seconds", "shown"), [((0.5, 0.5, 4.0), "0.5 s"), ((0.5, None, 4.0), "not measured")]
)
def test_processor_time_is_shown_when_every_file_has_it(
    valhub: Valhub, write: Callable[..., Path], seconds: tuple[float | None, ...], shown: str
) -> None:
    path = write("one", [1.0, 2.0, 3.0])
    result = json.loads(path.read_text())
    for file, cpu_s in zip(result["files"], seconds, strict=True):
        file["cpu_s"] = cpu_s
    path.write_text(json.dumps(result))
    done = valhub("rank", path, write("other", [2.0, 3.0, 4.0]))
    assert shown in " ".join(rows(done)[0])


def ranking(valhub: Valhub, *paths: Path) -> list[dict[str, Any]]:
    done = valhub("rank", *paths, "--json", "-")
    assert done.exit_code == ExitCode.SCORED, done.output
    entries: list[dict[str, Any]] = json.loads(done.stdout)
    return entries


def test_the_ranking_is_written_as_json(valhub: Valhub, write: Callable[..., Path]) -> None:
    paths = write("worse", [5.0] * 20), write("better", [1.0] * 16 + [6.0] * 3 + [5.0])
    assert ranking(valhub, *paths) == [
        {
            "algorithm": "better",
            "rank": 1,
            "possible_ranks": [1, 1],
            "may_be_best": True,
            "better_than_next": {"won": 16, "lost": 3, "tied": 1, "systems": 20},
            "runs": 1,
            "note": "",
        },
        {
            "algorithm": "worse",
            "rank": 2,
            "possible_ranks": [2, 2],
            "may_be_best": False,
            "better_than_next": None,
            "runs": 1,
            "note": "",
        },
    ]


def test_json_goes_to_a_file_beside_the_table(
    valhub: Valhub, write: Callable[..., Path], tmp_path: Path
) -> None:
    target = tmp_path / "ranking.json"
    done = valhub("rank", write("a", [1.0] * 6), "--json", target)
    assert len(rows(done)) == 1
    assert json.loads(target.read_text())[0]["algorithm"] == "a"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0], "The file comes from one system"),
        ([1.0] * 5, "5 systems cannot order 2 runs."),
    ],
)
def test_too_few_systems_give_words_and_no_ranges(
    valhub: Valhub, write: Callable[..., Path], values: list[float], words: str
) -> None:
    paths = write("a", values), write("b", [one + 1 for one in values])
    assert "unknown" in valhub("rank", *paths).stdout
    for entry in ranking(valhub, *paths):
        assert entry["possible_ranks"] is entry["may_be_best"] is None
        assert words in entry["note"]


def test_files_that_were_not_scored_lose_and_are_named(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    paths = write("whole", [9.0] * 20), write("part", [1.0] * 19, coverage=0.95)
    first, second = ranking(valhub, *paths)
    assert (first["algorithm"], second["algorithm"]) == ("whole", "part")
    assert first["better_than_next"] == {"won": 1, "lost": 19, "tied": 0, "systems": 20}
    assert first["possible_ranks"] == second["possible_ranks"] == [1, 2]
    assert (first["note"], second["note"]) == ("", "1 file without a score.")


def test_values_that_are_not_finite_are_not_scores(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    one, other = write("one", [1.0] * 6), write("other", [2.0] * 5 + [float("nan")])
    assert [entry["algorithm"] for entry in ranking(valhub, one, other)] == ["one", "other"]


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
        own = {"operation": "", "column": "split.accuracy", "best": "highest"}
        changes = {
            "primary_metric": "split.accuracy",
            "aggregates": {"split.accuracy": {**metric, **own}},
        }
        path = write(name, [value], **changes)
        one = json.loads(path.read_text())
        one["files"][0]["metrics"] = {"split.accuracy": value}
        path.write_text(json.dumps(one))
        return path

    done = valhub("rank", scored("low", 0.5), scored("high", 0.75))
    assert [row[1] for row in rows(done)] == ["high", "low"]
    assert "there are no systems to compare" in done.stdout


def test_a_missing_file_is_told(valhub: Valhub) -> None:
    done = valhub("rank", "nowhere.json")
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "`nowhere.json` is missing. Check the path." in done.stderr


@pytest.mark.parametrize(
    ("best", "order"),
    [("zero", ["near", "low", "high"]), ("lowest", ["low", "near", "high"]),
     ("highest", ["high", "near", "low"])],
)  # fmt: skip
def test_the_direction_that_the_results_give_decides(
    valhub: Valhub, write: Callable[..., Path], best: str, order: list[str]
) -> None:
    def scored(name: str, value: float) -> Path:
        mean = {"value": value, "low": None, "high": None}
        return write(name, [value], aggregates={PRIMARY: {**mean, **DETAILS, "best": best}})

    done = valhub("rank", scored("high", 4.0), scored("low", -3.0), scored("near", 0.5))
    assert [row[1] for row in rows(done)] == order
    assert f"MAE, {best} is best" in done.stdout


def test_systems_are_compared_by_the_operation_that_the_results_give(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    """By the largest value of each system the two are far apart, by the mean they are one."""

    def scored(name: str, values: list[float], operation: str) -> Path:
        aggregate = {"value": max(values), "low": None, "high": None, **DETAILS}
        aggregate["operation"] = operation
        path = write(name, values, aggregates={PRIMARY: aggregate})
        one = json.loads(path.read_text())
        for number, file in enumerate(one["files"]):
            file["system_id"] = str(number // 2)
        path.write_text(json.dumps(one))
        return path

    def wins(operation: str) -> dict[str, int]:
        one = scored("one", [2.0] * 20, operation)
        other = scored("other", [0.0, 4.0] * 10, operation)
        found: dict[str, int] = ranking(valhub, one, other)[0]["better_than_next"]
        return found

    assert wins("mean") == {"won": 0, "lost": 0, "tied": 10, "systems": 10}
    assert wins("max") == {"won": 10, "lost": 0, "tied": 0, "systems": 10}


def test_results_of_an_earlier_format_are_refused(
    valhub: Valhub, write: Callable[..., Path]
) -> None:
    done = valhub("rank", write("new", [1.0]), write("old", [1.0], format=1))
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "old.json` is a result of format 1, and this version reads format 3" in done.stderr
