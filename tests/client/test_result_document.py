import json
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.client.result_document import (
    Subject,
    UnreadableResult,
    UnwritableFile,
    as_document,
    check_writable,
    read_document,
    write_document,
    write_text,
)
from valhub.evaluation.packages.tasks.parts import Part
from valhub.evaluation.results import (
    Aggregate,
    Best,
    EvaluationResult,
    FileOutcome,
    PartSummary,
    Slice,
    Verdict,
)

SUBJECT = Subject("time shifts", "mine", {"a.csv": "50"}, frozenset({"a.csv"}))


def example() -> EvaluationResult:
    mean = Aggregate(1.5, 1.0, None, "min", "Mean MAE", "mean", "mae", Best.LOWEST)
    return EvaluationResult(
        verdict=Verdict.ERROR,
        message="1 of 2 files was not scored.",
        coverage=0.5,
        primary_metric="mean_mae",
        primary_column="mae",
        aggregates={"mean_mae": mean},
        slices=(Slice("issue", "none", 1, 1, {"mean_mae": mean}),),
        files=(
            FileOutcome("a.csv", Verdict.SCORED, metrics={"mae": 1.5}, wall_s=0.1, cpu_s=0.1),
            FileOutcome("b.csv", Verdict.ERROR, message="ValueError: \ud800", traceback="…"),
        ),
        wall_s=2.0,
        result=[{"split": {"accuracy": float("nan")}}],
        receipt={"algorithm": "ab"},
    )


def test_the_document_has_the_documented_keys() -> None:
    document = as_document(example(), SUBJECT)
    documented = {"verdict", "coverage", "aggregates", "slices", "files", "result"}
    assert documented <= document.keys()
    assert document["aggregates"]["mean_mae"].items() >= {
        ("value", 1.5), ("low", 1.0), ("high", None), ("unit", "min"),
        ("operation", "mean"), ("column", "mae"), ("best", "lowest"),
    }  # fmt: skip
    per_file = {"file_name", "verdict", "message", "metrics", "wall_s", "cpu_s"}
    assert {*per_file, "peak_memory_bytes"} <= document["files"][0].keys()
    assert document["files"][0]["system_id"] == "50"
    assert [one["on_leaderboard"] for one in document["files"]] == [True, False]


def test_the_final_part_is_told_apart(tmp_path: Path) -> None:
    whole = example()
    final = PartSummary(Verdict.SCORED, 1.0, whole.aggregates, whole.slices)
    parts = {"a.csv": Part.HIDDEN, "b.csv": Part.FINAL}
    document = as_document(replace(whole, final=final), replace(SUBJECT, parts=parts))
    write_document(document, str(tmp_path / "r.json"))
    read = read_document(tmp_path / "r.json")
    assert [one["part"] for one in read["files"]] == ["hidden", "final"]
    assert (read["final"]["verdict"], read["final"]["coverage"]) == ("scored", 1.0)
    assert read["final"]["aggregates"] == read["aggregates"]
    assert as_document(whole, SUBJECT)["final"] is None


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    document = as_document(example(), SUBJECT)
    write_document(document, str(tmp_path / "r.json"))
    assert read_document(tmp_path / "r.json") == document
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_a_dash_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write_document(as_document(example(), SUBJECT), "-")
    assert json.loads(capsys.readouterr().out)["verdict"] == "error"


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(UnwritableFile, match="taken cannot be written"):
        write_text(tmp_path / "taken", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_missing_folder_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UnwritableFile, match="there is no folder"):
        check_writable(tmp_path / "no" / "r.json")
    check_writable(tmp_path / "r.json")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 0}', "[" * 100_000])
def test_what_is_not_a_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(UnreadableResult, match=r"r\.json"):
        read_document(tmp_path / "r.json")


@pytest.mark.parametrize("text", [b"[project]", b"{}", b"\xff"])
def test_no_message_asks_to_write_a_result_over_another_file(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text)
    with pytest.raises(UnreadableResult, match="is not a result") as caught:
        read_document(tmp_path / "pyproject.toml")
    assert "--json FILE" in str(caught.value)
    assert "--json /" not in str(caught.value)


def test_a_missing_result_is_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableResult, match=r"nowhere\.json` is missing\. Check the path\."):
        read_document(tmp_path / "nowhere.json")


def test_a_result_of_an_earlier_format_is_refused_by_its_number(tmp_path: Path) -> None:
    earlier = {**as_document(example(), SUBJECT), "format": 1}
    write_document(earlier, str(tmp_path / "r.json"))
    with pytest.raises(
        UnreadableResult, match=r"format 1, and this version reads format 3\. Write"
    ):
        read_document(tmp_path / "r.json")
