"""What a version's package asks algorithms for."""

from valhub.analyses.errors import PackageAltered
from valhub.analyses.models import AnalysisVersion, PackageKind
from valhub.analyses.package_cache import unpacked_package
from valhub.evaluation.packages.algorithms.offered_arguments import OfferedArguments
from valhub.evaluation.packages.faults import all_faults
from valhub.evaluation.packages.files.folders import content_hash, top_folder
from valhub.evaluation.packages.tasks.task_config import read_config


def function_of(version: AnalysisVersion) -> str | None:
    """Name of the function that a version asks algorithms for; None for a script package."""
    if version.kind == PackageKind.SCRIPT:
        return None
    return version.function_name or _read_function(version)


def offered_by(version: AnalysisVersion) -> OfferedArguments | None:
    """Name what a version offers that function besides the data.

    None for a script package, and for a version stored before its row had it: then the sandbox
    decides, by the same rule.
    """
    document = version.offered_arguments
    if document is None:
        return None
    return OfferedArguments(tuple(document["names"]), document["by_position"])


def _read_function(version: AnalysisVersion) -> str:
    """Read the name from the package of a version that was stored before its row had one.

    Raises
    ------
    Unavailable, OSError
        As `unpacked_package` does.
    """
    with unpacked_package(version) as folder, all_faults(version.analysis.analysis_name) as faults:
        root = top_folder(folder)
        config = read_config(root, faults)
        if config is None or content_hash(root) != version.content_hash:
            raise PackageAltered
        return config.function_name
