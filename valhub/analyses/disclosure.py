"""What a version declares about showing and comparing results, as its row stores it."""

from valhub.analyses.models import AnalysisVersion
from valhub.evaluation.packages.tasks.disclosure_policy import Declared


def policy_of(version: AnalysisVersion) -> Declared:
    """Read what a version declares.

    Script packages declare nothing, nor do versions that an earlier release stored: the defaults
    hold for them.
    """
    return Declared.from_document(version.disclosure or {})
