"""On a machine without control groups no cost ranks that an algorithm could hide."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from error_codes import coded
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.evaluate import Preparing
from valhub.evaluation.events import Notice
from valhub.evaluation.execution.guard import Guard
from valhub.evaluation.execution.outcome import Doubt
from valhub.evaluation.execution.sandbox import cgroups
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.results import EvaluationResult, Verdict

Evaluate = Callable[..., EvaluationResult]

EXAMPLE = Path(__file__).parent / "golden/alignment-by-date"


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Make a package with a metric of costs, whose mean ranks or comes last."""

    def make(cost: str, *, ranks: bool) -> Path:
        root = shutil.copytree(EXAMPLE / "package", tmp_path / "package")
        config = json.loads((root / "config.json").read_text())
        config["performance_metrics"].append(cost)
        config["metrics_operations"][cost] = ["mean"]
        if ranks:
            config["primary_metric"] = f"mean_{cost}"
        (root / "config.json").write_text(json.dumps(config))
        return root

    return make


@pytest.fixture
def no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "detect", lambda: None)


@pytest.mark.parametrize("cost", ["cpu_time", "peak_memory"])
@pytest.mark.usefixtures("no_groups")
def test_nothing_ranks_by_a_cost_that_is_not_measured(
    evaluate_folders: Evaluate, package: Callable[..., Path], cost: str
) -> None:
    events: list[object] = []
    with pytest.raises(
        EvaluationError, check=coded("cost-not-measured"), match=rf"ranks by {cost}.*valhub doctor"
    ):
        evaluate_folders(
            package(cost, ranks=True), EXAMPLE / "algorithm", files=1, on_event=events.append
        )
    assert {type(event) for event in events} == {Preparing}


@pytest.mark.usefixtures("no_groups")
def test_processor_time_that_does_not_rank_is_left_out_and_said(
    evaluate_folders: Evaluate, package: Callable[..., Path]
) -> None:
    events: list[object] = []
    folder = package("cpu_time", ranks=False)
    result = evaluate_folders(folder, EXAMPLE / "algorithm", files=1, on_event=events.append)
    assert result.verdict is Verdict.SCORED
    assert result.primary_metric in result.aggregates
    assert "mean_cpu_time" not in result.aggregates
    assert [(one.cpu_s, "cpu_time" in one.metrics) for one in result.files] == [(None, False)]
    [said] = [event.what for event in events if isinstance(event, Notice)]
    assert "no control groups to measure cpu_time" in said


def test_processor_time_ranks_where_it_is_measured(
    evaluate_folders: Evaluate, package: Callable[..., Path], host_sandbox: Bubblewrap
) -> None:
    folder = package("cpu_time", ranks=True)
    if not host_sandbox.accounts:
        with pytest.raises(EvaluationError, check=coded("cost-not-measured")):
            evaluate_folders(folder, EXAMPLE / "algorithm", files=1)
        return
    result = evaluate_folders(folder, EXAMPLE / "algorithm", files=1)
    assert result.aggregates["mean_cpu_time"].value == result.files[0].cpu_s > 0


@pytest.mark.parametrize(
    ("ranks", "verdict", "calls"),
    [(False, Verdict.SCORED, 1), (True, Verdict.INTERNAL_ERROR, 3)],
)
def test_a_run_time_that_is_never_measured_ends_a_ranking_by_it_alone(
    evaluate_folders: Evaluate,
    package: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    ranks: bool,
    verdict: Verdict,
    calls: int,
) -> None:
    # As on a machine that stands still during every call.
    monkeypatch.setattr(Guard, "_interrupted", Doubt.OUTSIDE)
    result = evaluate_folders(package("runtime", ranks=ranks), EXAMPLE / "algorithm", files=1)
    [file] = result.files
    assert (result.verdict, file.verdict, file.wall_s) == (verdict, verdict, None)
    assert ("could not measure runtime" in file.message) is ranks
    assert "mean_runtime" not in result.aggregates
    assert caplog.text.count("call_repeated") == calls - 1
