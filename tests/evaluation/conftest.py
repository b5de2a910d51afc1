"""Whole evaluations: a cache of their own, with environments that later test runs find again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.evaluate import KNOWN_NAMES, Settings, evaluate
from valhub.evaluation.packages import TaskPackage, open_algorithm, open_package
from valhub.evaluation.results import EvaluationResult

Evaluate = Callable[..., EvaluationResult]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Prepared data is the session's own; environments are this machine's, as they take long."""
    cache = tmp_path_factory.mktemp("cache")
    environments = Settings.from_environment().cache_dir / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (cache / "environments").symlink_to(environments)
    return Settings(cache_dir=cache)


@pytest.fixture(scope="session")
def evaluate_folders(settings: Settings) -> Evaluate:
    """Evaluate the algorithm in one folder on the package in another, one file at a time."""

    def run(
        package_folder: Path,
        algorithm_folder: Path,
        *,
        requirements: tuple[str, ...] | None = None,
        **options: object,
    ) -> EvaluationResult:
        package = open_package(package_folder, known=KNOWN_NAMES)
        is_task = isinstance(package, TaskPackage)
        function = package.config.function_name if is_task else None
        algorithm = open_algorithm(algorithm_folder, function)
        if requirements is not None:
            asked = replace(algorithm.requirements, lines=requirements)
            algorithm = replace(algorithm, requirements=asked)
        options = {"settings": settings, "workers": 1, **options}
        return evaluate(package, algorithm, **options)

    return run
