"""Resolving the requirements of an algorithm or a task without running either."""

from collections.abc import Callable
from dataclasses import dataclass

from valhub.evaluation.execution.environments import (
    EnvironmentStore,
    Interpreter,
    Lock,
    LockPolicy,
    find_interpreter,
)
from valhub.evaluation.execution.sandbox.proof import proven_sandbox
from valhub.evaluation.packages.requirements.requirements_txt import Requirements
from valhub.evaluation.settings import Settings


@dataclass(frozen=True)
class Resolved:
    """What requirements come out as, and for which Python."""

    lock: Lock
    python: Interpreter


def resolve_requirements(
    requirements: Requirements,
    *,
    exclude_newer: str | None = None,
    settings: Settings | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> Resolved:
    """Resolve requirements as a run would, in a sandbox; nothing is installed.

    Parameters
    ----------
    requirements : Requirements
        Everything that is to be there; for a task's algorithm, from `task_requirements.completed`.
    exclude_newer : str, optional
        Day or time after which uploaded packages do not count.
    log : callable
        Receives one sentence on what is being done.

    Raises
    ------
    NoSandbox
        When this machine has no safe sandbox.
    InvalidRequirements, NoInterpreter
        When the requirements are at fault.
    """
    settings = settings or Settings.from_environment()
    python = find_interpreter(requirements.python)
    with proven_sandbox(settings.cache_dir) as sandbox:
        store = EnvironmentStore(
            settings.cache_dir / "environments", sandbox, limits=settings.install
        )
        policy = LockPolicy(exclude_newer)
        lock = store.lock(requirements.lines, python=python, policy=policy, log=log)
    return Resolved(lock, python)
