"""One call from package and algorithm to result: events, cancelling, faults of ours, receipts."""

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from error_codes import coded
from valhub.evaluation.errors import EvaluationError
from valhub.evaluation.evaluate import (
    Answers,
    FileDone,
    Finished,
    Preparing,
    Settings,
    Started,
)
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.packages.faults import InvalidPackage
from valhub.evaluation.packages.files.folders import content_hash
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.results import Best, EvaluationResult, Verdict
from valhub.evaluation.scoring import alignment
from valhub.evaluation.task_run import TaskRun

Evaluate = Callable[..., EvaluationResult]

GOLDEN = Path(__file__).parent / "golden"
EXAMPLE = Path(__file__).parents[2] / "examples/script_package"
VERDICTS = (GOLDEN / "verdicts/package", GOLDEN / "verdicts/algorithm")
BY_DATE = (GOLDEN / "alignment-by-date/package", GOLDEN / "alignment-by-date/algorithm")
SLEEPS = "import time\ndef detect_time_shifts(series, answer): time.sleep(3600)\n"


@pytest.fixture
def algorithm(tmp_path: Path) -> Callable[[str], Path]:
    """Write an algorithm for the golden packages."""

    def write(source: str) -> Path:
        root = tmp_path / "algorithm"
        root.mkdir()
        (root / "submission_wrapper.py").write_text(source)
        (root / "requirements.txt").write_text("numpy==2.2.*\npandas==2.3.*\n")
        return root

    return write


def test_events_tell_how_the_run_goes_on(evaluate_folders: Evaluate) -> None:
    events = []
    result = evaluate_folders(*BY_DATE, files=3, workers=2, on_event=events.append)
    assert [type(event) for event in events[-5:]] == [Started, *[FileDone] * 3, Finished]
    assert {type(event) for event in events[:-5]} == {Preparing}
    assert [event.done for event in events if isinstance(event, FileDone)] == [1, 2, 3]
    assert [one.file_name for one in result.files] == ["series.csv", "list.csv", "tuple.csv"]


def test_an_author_on_their_own_machine_reads_everything(evaluate_folders: Evaluate) -> None:
    result = evaluate_folders(*VERDICTS, files=2)
    raises = result.files[1]
    assert raises.message == "The algorithm raised ValueError: cannot read ac_power."
    assert 'File "submission_wrapper.py", line' in raises.traceback
    assert [one.logs for one in result.files] == ["ac_power"] * 2


@pytest.mark.slow
def test_costs_are_measured_for_every_file(
    evaluate_folders: Evaluate, host_sandbox: Bubblewrap
) -> None:
    files = evaluate_folders(*VERDICTS).files
    by_name = {one.file_name: one for one in files}
    assert all(one.peak_memory_bytes > 1_000_000 for one in files)
    hangs, right = by_name["hangs.csv"], by_name["right.csv"]
    assert hangs.wall_s >= 3.0
    assert right.wall_s < hangs.wall_s
    if host_sandbox.accounts:
        assert hangs.cpu_s < hangs.wall_s / 2
    else:
        assert {one.cpu_s for one in files} == {None}


@pytest.mark.parametrize("workers", [1, 2])
def test_cancelling_ends_an_evaluation(
    evaluate_folders: Evaluate,
    engine_settings: Settings,
    algorithm: Callable[[str], Path],
    workers: int,
) -> None:
    cancel = threading.Event()
    # Nothing else ends it before the test's own time is up.
    limits = replace(engine_settings.limits, timeout_s=3600, total_s=3600)
    patient = replace(engine_settings, limits=limits)

    def on_event(event: object) -> None:
        if isinstance(event, Started):
            threading.Timer(1.5, cancel.set).start()

    options = {"cancel": cancel, "on_event": on_event, "workers": workers, "settings": patient}
    result = evaluate_folders(BY_DATE[0], algorithm(SLEEPS), **options)
    assert (result.verdict, result.coverage) == (Verdict.CANCELLED, 0)
    assert {one.verdict for one in result.files} == {Verdict.CANCELLED}
    assert result.message.endswith("series.csv: The run was cancelled.")


def test_a_fault_of_ours_is_not_the_algorithms(
    evaluate_folders: Evaluate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole, first = TaskRun._truth, open_package(BY_DATE[0]).files[0].name

    def broken(run: TaskRun, file_name: str) -> object:
        if file_name == first:
            return whole(run, file_name)
        raise ZeroDivisionError

    monkeypatch.setattr(TaskRun, "_truth", broken)
    with caplog.at_level(logging.CRITICAL, "valhub.evaluation.execution.runner"):
        result = evaluate_folders(*BY_DATE, files=2)
    assert [one.verdict for one in result.files] == [Verdict.SCORED, Verdict.INTERNAL_ERROR]
    assert result.verdict is Verdict.INTERNAL_ERROR
    assert "internal error" in result.files[1].message


def test_what_an_answer_makes_the_scoring_raise_is_its_authors(
    evaluate_folders: Evaluate, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    # Truths have time stamps, so that only an answer without them gets here.
    monkeypatch.setattr(alignment, "_by_position", broken)
    result = evaluate_folders(*BY_DATE, files=2)
    assert [one.verdict for one in result.files] == [Verdict.SCORED, Verdict.INVALID_OUTPUT]
    assert "ZeroDivisionError" in result.files[1].message
    assert "in broken" in caplog.text


@pytest.mark.slow
def test_a_run_past_its_total_time_ends(
    evaluate_folders: Evaluate, engine_settings: Settings, algorithm: Callable[[str], Path]
) -> None:
    hurried = replace(engine_settings, limits=replace(engine_settings.limits, total_s=4))
    result = evaluate_folders(BY_DATE[0], algorithm(SLEEPS), settings=hurried)
    assert {one.verdict for one in result.files} == {Verdict.TIMEOUT}
    assert result.files[0].message == "The whole run took longer than the limit of 4 s."


def test_a_package_gets_no_more_than_the_machine_grants(
    evaluate_folders: Evaluate, engine_settings: Settings
) -> None:
    strict = replace(engine_settings, max_timeout_s=0.5)
    files = {one.file_name: one for one in evaluate_folders(*VERDICTS, settings=strict).files}
    assert files["hangs.csv"].message == "The algorithm took longer than the limit of 0.5 s."


def test_answers_are_kept_for_drawing(evaluate_folders: Evaluate, tmp_path: Path) -> None:
    answers = Answers(tmp_path / "answers")
    evaluate_folders(*VERDICTS, files=2, answers=answers)
    data, truth, answer = answers.series("right.csv")
    assert (len(data), truth.tolist(), answer) == (4, [0, 60, 60, 0], [0, 60, 60, 0])
    assert isinstance(data.index, pd.DatetimeIndex)
    assert answers.series("raises.csv")[2] is None


def test_a_receipt_names_all_that_a_result_depends_on(evaluate_folders: Evaluate) -> None:
    first, second = (evaluate_folders(*BY_DATE, files=1).receipt for _ in range(2))
    assert first == second
    assert set(first) >= {"package", "algorithm", "environment_lock", "python", "scorer", "sandbox"}
    other = evaluate_folders(BY_DATE[0], VERDICTS[1], files=1).receipt
    assert {name for name in first if first[name] != other[name]} == {"algorithm"}


@pytest.mark.parametrize(
    ("package", "algorithm"), [BY_DATE, (EXAMPLE / "analysis", EXAMPLE / "algorithm")]
)
def test_a_receipt_bears_the_hashes_of_what_was_evaluated(
    evaluate_folders: Evaluate, package: Path, algorithm: Path
) -> None:
    receipt = evaluate_folders(package, algorithm, files=1).receipt
    hashes = (receipt["package"], receipt["algorithm"])
    assert hashes == (content_hash(package), content_hash(algorithm))


def test_unreadable_data_is_told_before_anything_runs(
    evaluate_folders: Evaluate, tmp_path: Path
) -> None:
    for path in VERDICTS[0].rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(VERDICTS[0])
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "data/files/right.csv").write_text("measured_on,ac_power\nnever,1\n")
    with pytest.raises(InvalidPackage, match=r"data/files/right\.csv"):
        evaluate_folders(tmp_path, VERDICTS[1])


def test_the_documented_script_package_runs(evaluate_folders: Evaluate) -> None:
    result = evaluate_folders(EXAMPLE / "analysis", EXAMPLE / "algorithm")
    assert result.verdict is Verdict.SCORED
    assert result.primary_metric == "test_split.accuracy"
    assert result.primary_column == "test_split.accuracy"
    ranking = result.aggregates["test_split.accuracy"]
    assert (ranking.operation, ranking.column) == ("", "test_split.accuracy")
    assert ranking.best is Best.HIGHEST
    split = result.result["result"][0]["test_split"]
    assert {name: one.value for name, one in result.aggregates.items()} == {
        f"test_split.{metric}": value for metric, value in split.items()
    }
    assert set(result.result) == {
        "result",
        "submission_metadata",
        "submission_result",
        "execution_time",
    }


def test_what_the_evaluation_needs_is_the_organisers_to_mend(
    evaluate_folders: Evaluate, tmp_path: Path
) -> None:
    analysis = shutil.copytree(EXAMPLE / "analysis", tmp_path / "analysis")
    (analysis / "requirements.txt").write_text("numpy==0.0.1\n")
    with pytest.raises(
        EvaluationError, check=coded("unusable-evaluation"), match=r"organiser must fix them.*numpy"
    ):
        evaluate_folders(analysis, EXAMPLE / "algorithm")


def test_an_answer_in_utc_is_scored_in_the_files_time_zone(
    evaluate_folders: Evaluate, algorithm: Callable[[str], Path], tmp_path: Path
) -> None:
    package = shutil.copytree(GOLDEN / "import-fails/package", tmp_path / "package")
    table = (
        "system_id,file_name,answer,timezone\n1,series.csv,x,Australia/Sydney\n1,list.csv,x,UTC\n"
    )
    (package / "data/file_metadata.csv").write_text(table)
    shifts = "pd.Series([0.0, 60, 60, 0], pd.date_range('2013-01-01', periods=4, tz='{zone}'))"
    source = f"import pandas as pd\ndef detect_time_shifts(series, answer): return {shifts}"
    source += ".tz_convert('UTC')\n"
    result = evaluate_folders(package, algorithm(source.replace("{zone}", "Australia/Sydney")))
    errors = [one.metrics.get("mean_absolute_error_time_series") for one in result.files]
    # In UTC the days begin at 13:00 the day before, so that the last has no answer.
    assert errors == [0, None]
