"""Where an algorithm runs changes nothing about what comes of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.evaluation.golden.test_golden import as_document
from valhub.evaluation.execution.sandbox.choice import SandboxChoice
from valhub.evaluation.results import EvaluationResult
from valhub.evaluation.settings import Settings

Evaluate = Callable[..., EvaluationResult]

pytestmark = pytest.mark.services

TINY = Path(__file__).parents[1] / "tiny"
GOLDEN = Path(__file__).parent / "golden"


def scores(result: EvaluationResult) -> list[tuple[str, str, float]]:
    metric = "absolute_error_azimuth"
    return [(one.file_name, str(one.verdict), one.metrics[metric]) for one in result.files]


@pytest.fixture
def in_containers(engine_settings: Settings) -> Settings:
    return replace(engine_settings, sandbox=SandboxChoice("oci"))


def test_the_tiny_task_scores_the_same(evaluate_folders: Evaluate, in_containers: Settings) -> None:
    folders = (TINY / "task", TINY / "algorithm")
    contained = evaluate_folders(*folders, settings=in_containers, workers=2)
    usual = evaluate_folders(*folders)
    assert [one.receipt["sandbox"] for one in (contained, usual)] == ["oci", "bubblewrap"]
    assert scores(contained) == scores(usual)
    assert {verdict for _, verdict, _ in scores(contained)} == {"scored"}


@pytest.mark.parametrize("case", ["alignment-by-date", "script-scored"])
def test_golden_evaluations_end_as_known(
    evaluate_folders: Evaluate, in_containers: Settings, case: str
) -> None:
    folder = GOLDEN / case
    result = evaluate_folders(
        folder / "package", folder / "algorithm", settings=in_containers, reveal=False
    )
    assert as_document(result) == json.loads((folder / "expected.json").read_text())
