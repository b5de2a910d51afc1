"""Each folder here is an evaluation with its known end.

    <case>/package          what is evaluated on
    <case>/algorithm        what is evaluated
    <case>/expected.json    verdicts, messages, coverage, metrics, aggregates with their intervals

The author is a stranger: what hidden files could say is not told. `public` files tell everything.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from valhub.evaluation.results import Aggregate, EvaluationResult, FileOutcome

CASES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/expected.json"))


def as_document(result: EvaluationResult) -> dict[str, Any]:
    """Everything of a result but its costs, to the digits that no machine has otherwise."""
    text = json.dumps(told(result))
    return json.loads(text, parse_float=lambda number: float(f"{float(number):.12g}"))


def told(result: EvaluationResult) -> dict[str, Any]:
    return {
        "verdict": str(result.verdict),
        "message": result.message,
        "coverage": result.coverage,
        "primary_metric": result.primary_metric,
        "aggregates": {name: interval(one) for name, one in result.aggregates.items()},
        "slices": {
            f"{part.column}={part.value}": {
                "files": part.files,
                "scored": part.scored,
                **{name: one.value for name, one in part.aggregates.items()},
            }
            for part in result.slices
        },
        "files": {one.file_name: of_file(one) for one in result.files},
        "result": result.result,
    }


def interval(one: Aggregate) -> list[object]:
    return [one.value, one.low, one.high, one.unit]


def of_file(one: FileOutcome) -> dict[str, Any]:
    shown = {"traceback": one.traceback.splitlines()[-1:], "logs": one.logs}
    return {
        "verdict": str(one.verdict),
        "message": one.message,
        "coverage": one.coverage,
        "metrics": one.metrics,
        **{key: value for key, value in shown.items() if value},
    }


def test_there_are_cases() -> None:
    assert len(CASES) >= 10


@pytest.mark.parametrize("case", CASES)
def test_an_evaluation_ends_as_it_is_known_to(
    evaluate_folders: Callable[..., EvaluationResult], case: str
) -> None:
    folder = Path(__file__).parent / case
    result = evaluate_folders(folder / "package", folder / "algorithm", reveal=False)
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert as_document(result) == expected
