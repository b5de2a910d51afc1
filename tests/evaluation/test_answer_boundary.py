"""Whatever an answer makes Python, NumPy or pandas raise ends as its author's own verdict."""

import logging
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from valhub.evaluation.answer_boundary import answer_boundary
from valhub.evaluation.closed_sentences import Closed
from valhub.evaluation.execution.channel import Channel
from valhub.evaluation.execution.guest import values, wire
from valhub.evaluation.packages.tasks.task_config import TaskConfig
from valhub.evaluation.scoring import score
from valhub.evaluation.scoring.answers import InvalidAnswer, InvalidTruth
from valhub.evaluation.scoring.metrics import METRICS
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.score import score_file
from valhub.evaluation.stored_answers import Answers

HOURS = pd.date_range("2020-01-01", periods=3, freq="h")
TRUTH = pd.Series([1.0, 2.0, 3.0], HOURS)
SCALARS = {"azimuth": 180.0, "tilt": 20.0}


class Hostile:
    """Raises for everything that is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __len__ = __iter__ = __eq__ = __hash__ = __str__  # type: ignore[assignment]


ANSWERS = {
    "several levels": pd.Series([1.0, 2.0], pd.MultiIndex.from_tuples([("tilt", 1), ("x", 2)])),
    "levels of a frame": pd.DataFrame(
        [[1.0, 2.0]], columns=pd.MultiIndex.from_tuples([("azimuth", 1), ("tilt", 2)])
    ),
    "one label twice": pd.Series([1.0, 2.0, 3.0], ["tilt", "azimuth", "tilt"]),
    "huge number": 10**400,
    "huge numbers": [10**400, 10**5000, 1],
    "huge objects": pd.Series([10**5000, 1, 2], HOURS, dtype=object),
    "categories": pd.Series(pd.Categorical([1, 2, 1]), HOURS),
    "ordered categories": pd.Categorical(["a", "b", "a"], ordered=True),
    "sparse": pd.Series(pd.arrays.SparseArray([np.inf, 0.0, 1.0]), HOURS),
    "extension array": pd.array([1, None, 3], dtype="Int64"),
    "nullable text": pd.Series(["a", None, "c"], HOURS, dtype="string"),
    "intervals": pd.Series(pd.interval_range(0, 3), HOURS),
    "periods for values": pd.Series(pd.period_range("2020", periods=3, freq="D"), HOURS),
    "far periods": pd.Series([1.0] * 3, pd.period_range("9999", periods=3, freq="Y")),
    "durations": pd.Series(pd.to_timedelta([1, 2, 3], "h"), HOURS),
    "zones in an object index": pd.Series(
        [1.0, 2.0], pd.Index([pd.Timestamp("2020", tz="UTC"), pd.Timestamp("2020")], dtype=object)
    ),
    "unhashable labels": pd.Series([1.0, 2.0], pd.Index([["tilt"], {}], dtype=object)),
    "frame of duplicate columns": pd.DataFrame([[1.0, 2.0]], columns=["tilt", "tilt"]),
    "structured array": np.zeros(3, dtype=[("a", float)]),
    "no dimension": np.array(None),
    "hostile object": Hostile(),
    "list of hostile objects": [Hostile(), Hostile()],
}


def series_plan() -> Scoring:
    config = {
        "function_name": "f",
        "comparison_type": "time_series",
        "performance_metrics": ["mean_absolute_error"],
    }
    return Scoring.from_config(TaskConfig.model_validate(config))


def scalar_plan(**changes: object) -> Scoring:
    config = {
        "function_name": "f",
        "comparison_type": "scalar",
        "references_compare": ["azimuth", "tilt"],
        "performance_metrics": ["absolute_error"],
        **changes,
    }
    return Scoring.from_config(TaskConfig.model_validate(config))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("kind", ["series", "scalar"])
def test_any_answer_is_scored_or_its_authors_fault(answer: object, kind: str) -> None:
    plan, truth = (series_plan(), TRUTH) if kind == "series" else (scalar_plan(), SCALARS)
    sentences = {one.said() for one in Closed if "{" not in one.value}
    try:
        found = score_file(plan, answer, truth)
    except InvalidAnswer as error:
        refused = error.closed
    else:
        refused = ""
        assert all(map(np.isfinite, found.metrics.values()))
    assert refused in {"", *sentences}


@pytest.mark.parametrize("name", ["several levels", "levels of a frame", "one label twice"])
def test_labels_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidAnswer):
        score_file(scalar_plan(), ANSWERS[name], SCALARS)


def test_what_is_raised_is_logged_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def scalars(answer: object, *_: object, **__: object) -> dict[str, float]:
        return SCALARS if answer is SCALARS else {}[answer]

    monkeypatch.setattr(score, "scalars", scalars)
    with pytest.raises(InvalidAnswer, match=r"cannot be read.* Reading it raised KeyError"):
        score_file(scalar_plan(), (1.0, 2.0), SCALARS)
    assert "answer_unusable" in caplog.text
    assert "KeyError: (1.0, 2.0)" in caplog.text


def test_a_number_too_long_to_write_is_no_trouble_in_the_sentence() -> None:
    error = InvalidAnswer.unreadable(ValueError(10**5000))
    assert str(error).endswith(" Reading it raised ValueError.")
    long = InvalidAnswer.unreadable(ValueError("\x1b[2J" + "a" * 5000))
    assert len(str(long)) < 400
    assert str(long).isprintable()


@pytest.mark.parametrize(("raising", "expected"), [("all", InvalidTruth), ("other", InvalidAnswer)])
def test_the_organiser_answers_for_a_truth_that_cannot_be_scored(
    monkeypatch: pytest.MonkeyPatch, raising: str, expected: type[Exception]
) -> None:
    def align(answer: object, reference: object, **_: object) -> None:
        if raising == "all" or answer is not reference:
            raise KeyError("2020-01-01")
        return whole(answer, reference, **_)

    whole = score.align
    monkeypatch.setattr(score, "align", align)
    with pytest.raises(expected) as refused:
        score_file(series_plan(), [1.0, 2.0, 3.0], TRUTH)
    assert "2020" not in refused.value.closed


def test_a_metric_that_is_not_finite_is_the_organisers(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = METRICS["absolute_error"]
    changed = type(metric)(**{**vars(metric), "function": lambda *_: float("nan")})
    monkeypatch.setitem(METRICS, "absolute_error", changed)
    with pytest.raises(InvalidTruth, match=r"^absolute_error_azimuth of this file is not a finite"):
        score_file(scalar_plan(), (1.0, 2.0), SCALARS)


def test_an_answer_that_cannot_be_kept_is_its_authors_fault(tmp_path: Path) -> None:
    with pytest.raises(InvalidAnswer):
        Answers(tmp_path / "answers").keep("a.csv", Hostile())


def test_what_a_block_raises_on_purpose_passes() -> None:
    with (
        pytest.raises(KeyError, match="meant"),
        answer_boundary(lambda _: ValueError("refused"), KeyError),
    ):
        raise KeyError("meant")


@pytest.fixture
def receive_frame() -> Iterator[Callable[[bytes], object]]:
    """Receive what a peer has sent, whole."""
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def receive(frame: bytes) -> object:
            theirs.sendall(frame)
            return Channel(ours, 1 << 20).receive()

        yield receive


@pytest.mark.parametrize("raised", [MemoryError, ImportError, RecursionError, AssertionError])
def test_decoding_is_inside_the_boundary(
    monkeypatch: pytest.MonkeyPatch,
    receive_frame: Callable[[bytes], object],
    caplog: pytest.LogCaptureFixture,
    raised: type[Exception],
) -> None:
    def decode(*_: object) -> object:
        raise raised

    frame = b"".join(map(bytes, wire.frame_parts({"kind": "answer", "value": 1 << 70})))
    assert receive_frame(frame) == {"kind": "answer", "value": 1 << 70}  # The control.
    monkeypatch.setitem(values._DECODERS, "int", decode)
    with caplog.at_level(logging.ERROR), pytest.raises(wire.MalformedFrame):
        receive_frame(frame)
