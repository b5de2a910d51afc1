"""What is installed for an algorithm of a task: its own requirements, then the task's.

An algorithm decides about every project that it names; the task's `environment` and what the
engine itself needs fill in the rest.
"""

from valhub.evaluation.errors import UnusableEvaluation
from valhub.evaluation.execution.environments import (
    Environment,
    NoInterpreter,
    UnresolvableRequirements,
    with_needed,
)
from valhub.evaluation.packages.requirements.requirements_txt import Requirements
from valhub.evaluation.packages.tasks.task_config import CONFIG
from valhub.evaluation.packages.tasks.task_environment import ALWAYS_INSTALLED, TaskEnvironment
from valhub.evaluation.run_context import RunContext

_FIX = f"The analysis' organiser must fix `environment` in {CONFIG}."


def completed(requirements: Requirements, task: TaskEnvironment) -> Requirements:
    """Add to an algorithm's requirements what its task declares, and what the engine needs."""
    lines = with_needed(with_needed(requirements.lines, task.packages), ALWAYS_INSTALLED)
    return Requirements(lines, requirements.python or task.python)


def task_environment(
    requirements: Requirements, task: TaskEnvironment, context: RunContext
) -> Environment:
    """Make the environment of a task's algorithm.

    Raises
    ------
    InvalidRequirements, NoInterpreter
        When the algorithm's requirements are at fault.
    UnusableEvaluation
        When the task's own are.
    """
    wanted = completed(requirements, task)
    try:
        return context.environment(wanted, exclude_newer=task.exclude_newer)
    except NoInterpreter as error:
        if requirements.python is not None:
            raise
        raise UnusableEvaluation(f"{error} {_FIX}") from error
    except UnresolvableRequirements as error:
        if not task.packages:
            raise
        _check_alone(task, context)
        added = ", ".join(task.packages)
        raise UnresolvableRequirements(f"{error} The task adds: {added}.") from error


def _check_alone(task: TaskEnvironment, context: RunContext) -> None:
    """Raise when a task's packages cannot be had even for an algorithm that requires nothing."""
    try:
        context.environment(completed(Requirements(), task), exclude_newer=task.exclude_newer)
    except UnresolvableRequirements as error:
        raise UnusableEvaluation(f"{error} {_FIX}") from error
