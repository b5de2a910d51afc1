"""Whole evaluations, in environments that later test runs find again; data is the session's own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from valhub.evaluation.evaluate import KNOWN_NAMES, Settings, evaluate
from valhub.evaluation.execution.environments import (
    Environment,
    EnvironmentStore,
    find_interpreter,
)
from valhub.evaluation.execution.sandbox.bubblewrap import Bubblewrap
from valhub.evaluation.packages.algorithms.algorithm import open_algorithm
from valhub.evaluation.packages.opening import open_package
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.results import EvaluationResult

Evaluate = Callable[..., EvaluationResult]


@pytest.fixture(autouse=True)
def hub_data() -> None:
    """The engine knows no hub, whose files every other test has afresh."""


@pytest.fixture(scope="session")
def engine_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Prepared data is the session's own; environments are this machine's, as they take long."""
    cache = tmp_path_factory.mktemp("cache")
    environments = Settings.from_environment().cache_dir / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (cache / "environments").symlink_to(environments)
    return Settings(cache_dir=cache)


@pytest.fixture(scope="session")
def host_sandbox() -> Iterator[Bubblewrap]:
    with Bubblewrap.open() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def real_environment(
    engine_settings: Settings, host_sandbox: Bubblewrap
) -> Callable[..., Environment]:
    """Install packages from the index that this machine is configured for, or find them."""
    store = EnvironmentStore(engine_settings.cache_dir / "environments", host_sandbox)

    def install(*requirements: str) -> Environment:
        return store.environment(requirements, python=find_interpreter())

    return install


@pytest.fixture(scope="session")
def evaluate_folders(engine_settings: Settings) -> Evaluate:
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
        options = {"settings": engine_settings, "workers": 1, **options}
        return evaluate(package, algorithm, **options)

    return run
