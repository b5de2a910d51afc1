"""What a package or an algorithm needs installed, and what that resolves to, in words."""

from dataclasses import dataclass

from valhub.console import echo
from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.algorithms.entry_points import WRAPPER
from valhub.evaluation.packages.faults import all_faults
from valhub.evaluation.packages.requirements.requirements_txt import Requirements, read_requirements
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.task_environment import TaskEnvironment
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.resolving import Resolved, resolve_requirements
from valhub.evaluation.task_requirements import completed
from valhub.evaluation.wording import count


@dataclass(frozen=True)
class Needs:
    """What is to be installed.

    Attributes
    ----------
    own : Requirements
        With everything that the task or the engine adds.
    provided : tuple of str
        The part that is added.
    exclude_newer : str or None
        Day or time after which uploaded packages do not count.
    """

    own: Requirements
    provided: tuple[str, ...] = ()
    exclude_newer: str | None = None

    def resolved(self) -> Resolved:
        """Resolve as a run would."""
        return resolve_requirements(
            self.own,
            exclude_newer=self.exclude_newer,
            log=lambda what: echo(what, err=True),
        )


def needs_of_package(package: TaskPackage | ScriptPackage, exclude_newer: str | None) -> Needs:
    """Return what every algorithm of a task is given, or what a script package's own code needs."""
    if isinstance(package, TaskPackage):
        return _of_task(Requirements(), package.config.environment, exclude_newer)
    with all_faults(package.name) as faults:
        return Needs(read_requirements(package.requirements, faults), (), exclude_newer)


def needs_of_algorithm(
    algorithm: Algorithm, task: TaskEnvironment | None, exclude_newer: str | None
) -> Needs:
    """Return what an algorithm needs; `task` is None when its package is not known."""
    if task is None and algorithm.entry.path.name != WRAPPER:
        return Needs(algorithm.requirements, (), exclude_newer)
    return _of_task(algorithm.requirements, task or TaskEnvironment(), exclude_newer)


def _of_task(own: Requirements, task: TaskEnvironment, exclude_newer: str | None) -> Needs:
    return Needs(completed(own, task), task.provided, exclude_newer or task.exclude_newer)


def in_words(resolved: Resolved, needs: Needs) -> str:
    """List the versions that a run would install, as lines of a `requirements.txt`."""
    until = f", uploaded until {needs.exclude_newer}" if needs.exclude_newer else ""
    versions = resolved.lock.versions
    head = f"Python {resolved.python.version} and {count(len(versions), 'package')}{until}"
    return "\n".join([f"It resolves to {head}:", *(f"  {version}" for version in versions)])
