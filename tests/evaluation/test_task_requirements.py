"""What is installed for a task's algorithm, and whose fault it is when that fails."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from error_codes import coded
from valhub.evaluation.errors import UnusableEvaluation
from valhub.evaluation.execution.environments import NoInterpreter, UnresolvableRequirements
from valhub.evaluation.packages.requirements.requirements_txt import Requirements
from valhub.evaluation.packages.tasks.task_environment import TaskEnvironment
from valhub.evaluation.results import EvaluationResult
from valhub.evaluation.task_requirements import completed, task_environment

GOLDEN = Path(__file__).parent / "golden"
Evaluate = Callable[..., EvaluationResult]


@pytest.mark.parametrize(
    ("own", "task", "lines"),
    [
        ((), (), ("numpy", "pandas", "tzdata")),
        (("pvlib",), ("pandas==2.2.*",), ("pvlib", "pandas==2.2.*", "numpy", "tzdata")),
        (("NumPy<2",), ("numpy==2.1",), ("NumPy<2", "pandas", "tzdata")),
        (("x",), ("Y[z]>1", "x==1"), ("x", "Y[z]>1", "numpy", "pandas", "tzdata")),
    ],
)
def test_an_algorithm_decides_about_what_it_names(
    own: tuple[str, ...], task: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    assert completed(Requirements(own), TaskEnvironment(packages=task)).lines == lines


@pytest.mark.parametrize(
    ("own", "task", "python"),
    [(None, None, None), (None, "3.11", "3.11"), ("3.12", "3.11", "3.12"), ("3.12", None, "3.12")],
)
def test_an_algorithms_python_goes_before_the_tasks(
    own: str | None, task: str | None, python: str | None
) -> None:
    assert completed(Requirements((), own), TaskEnvironment(python=task)).python == python


class Context:
    """A run whose index has everything but `missing`, and whose machine has one Python."""

    def environment(self, wanted: Requirements, *, exclude_newer: str | None = None) -> Any:
        if wanted.python not in (None, "3.11"):
            raise NoInterpreter(f"Python {wanted.python} is not installed.")
        if "missing" in "".join(wanted.lines):
            raise UnresolvableRequirements(f"{wanted.lines} cannot be had.")
        return wanted, exclude_newer


def test_what_the_task_declares_is_asked_for() -> None:
    task = TaskEnvironment(packages=("scipy",), exclude_newer="2024-01-31")
    (wanted, day) = task_environment(Requirements(("x",)), task, Context())
    assert wanted.lines[:2] == ("x", "scipy")
    assert day == "2024-01-31"


@pytest.mark.parametrize("task", [{"python": "3.12"}, {"packages": ["missing"]}])
def test_what_only_the_task_asks_for_is_its_organisers_to_fix(task: dict[str, Any]) -> None:
    with pytest.raises(
        UnusableEvaluation,
        match="organiser must fix `environment`",
        check=coded("unusable-evaluation"),
    ):
        task_environment(Requirements(("x",)), TaskEnvironment(**task), Context())


def test_what_the_algorithm_asks_for_is_its_authors_to_fix() -> None:
    task = TaskEnvironment(python="3.11", packages=("scipy",))
    with pytest.raises(UnresolvableRequirements, match="The task adds: scipy"):
        task_environment(Requirements(("missing",)), task, Context())
    with pytest.raises(NoInterpreter):
        task_environment(Requirements((), "3.12"), task, Context())


@pytest.mark.slow
def test_a_tasks_environment_is_what_its_algorithms_run_in(
    evaluate_folders: Evaluate, tmp_path: Path
) -> None:
    package = shutil.copytree(GOLDEN / "import-fails/package", tmp_path / "package")
    config = json.loads((package / "config.json").read_text())
    config["environment"] = {"packages": ["iniconfig==2.0.0"], "exclude_newer": "2026-01-31"}
    (package / "config.json").write_text(json.dumps(config))
    algorithm = tmp_path / "algorithm"
    algorithm.mkdir()
    (algorithm / "submission_wrapper.py").write_text(
        "import iniconfig, setuptools_of_nobody\ndef detect_time_shifts(series): return 1\n"
    )
    result = evaluate_folders(package, algorithm)
    assert "No module named 'setuptools_of_nobody'. Add `setuptools_of_nobody`" in result.message
    assert result.receipt["packages_until"] == "2026-01-31"
