"""Making what an algorithm needs installed before it can run, and running nothing."""

from valhub.evaluation.packages.algorithms.algorithm import Algorithm
from valhub.evaluation.packages.script_package import ScriptPackage
from valhub.evaluation.packages.tasks.task_package import TaskPackage
from valhub.evaluation.run_context import RunContext
from valhub.evaluation.script_evaluation import script_environments
from valhub.evaluation.task_requirements import task_environment


def build_environments(
    package: TaskPackage | ScriptPackage, algorithm: Algorithm, context: RunContext
) -> None:
    """Make every environment that a run of an algorithm on a package uses.

    Raises
    ------
    InvalidRequirements, NoInterpreter, InstallTimeout
        When the algorithm's requirements are at fault.
    UnusableEvaluation
        When the package's own are.
    NoPackageIndex, InstallFailed
        When this machine is at fault.
    InstallCancelled
        When the context's event was set meanwhile.
    """
    if isinstance(package, TaskPackage):
        task_environment(algorithm.requirements, package.config.environment, context)
    else:
        script_environments(package, algorithm, context)
