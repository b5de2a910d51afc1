"""A package's `isolation` decides what an algorithm can keep; scores do not depend on it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from valhub.evaluation.results import EvaluationResult, Verdict

Evaluate = Callable[..., EvaluationResult]

EXAMPLE = Path(__file__).parent / "golden/alignment-by-date"
# The golden algorithm, which counts its calls in memory that all of them share.
COUNTS = """
import mmap
memory = mmap.mmap(-1, 1)
from answers import detect_time_shifts as answered

def detect_time_shifts(series, answer):
    print(memory[0])
    memory[0] += 1
    return answered(series, answer)
"""


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    root = shutil.copytree(EXAMPLE / "algorithm", tmp_path / "algorithm")
    (root / "submission_wrapper.py").rename(root / "answers.py")
    (root / "submission_wrapper.py").write_text(COUNTS)
    return root


@pytest.fixture
def package(tmp_path: Path) -> Callable[[str | None], Path]:
    def make(isolation: str | None) -> Path:
        root = shutil.copytree(EXAMPLE / "package", tmp_path / f"package-{isolation}")
        config = json.loads((root / "config.json").read_text())
        if isolation is not None:
            config["isolation"] = isolation
        (root / "config.json").write_text(json.dumps(config))
        return root

    return make


@pytest.mark.slow
@pytest.mark.parametrize("isolation", [None, "run", "file"])
def test_a_package_decides_whether_its_files_are_isolated(
    evaluate_folders: Evaluate,
    package: Callable[[str | None], Path],
    counting: Path,
    isolation: str | None,
) -> None:
    files = evaluate_folders(package(isolation), counting, files=6).files
    counts = sorted(int(one.logs) for one in files)
    assert len(files) > 3
    assert counts == ([0] * len(files) if isolation == "file" else list(range(len(files))))


@pytest.mark.slow
def test_scores_depend_neither_on_isolation_nor_on_the_order_of_files(
    evaluate_folders: Evaluate, package: Callable[[str | None], Path], counting: Path
) -> None:
    runs = [evaluate_folders(package(kind), counting, files=6) for kind in ("run", "file")]
    runs.append(evaluate_folders(again := package(None), counting, files=6, workers=2))
    runs.append(evaluate_folders(again, counting, files=6))
    orders = [[one.logs for one in run.files] for run in runs]
    assert orders[0] != orders[1]
    first, *others = runs
    assert Verdict.SCORED in {one.verdict for one in first.files}
    for run in others:
        assert run.aggregates == first.aggregates
        assert [(one.file_name, one.verdict, one.metrics) for one in run.files] == [
            (one.file_name, one.verdict, one.metrics) for one in first.files
        ]
