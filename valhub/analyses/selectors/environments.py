"""What a version says about the environment of its algorithms, and until when packages count."""

from valhub.analyses.models import AnalysisVersion, PackageKind
from valhub.evaluation.packages.requirements.upload_dates import day_before
from valhub.evaluation.packages.tasks.task_environment import TaskEnvironment


def environment_of(version: AnalysisVersion) -> TaskEnvironment | None:
    """Return what a task declares; None for script packages.

    It was checked when the version was uploaded. Versions stored before their row had it
    declare nothing.
    """
    if version.kind == PackageKind.SCRIPT:
        return None
    return TaskEnvironment.model_construct(**(version.environment or {}))


def packages_until(version: AnalysisVersion) -> str:
    """Return until when packages must have been uploaded to count.

    By default that is the day before the version was published: it is over, so it stands still.
    """
    declared = environment_of(version)
    return (declared and declared.exclude_newer) or day_before(version.created_at)
