"""Which analyses accept submissions, and why the others do not."""

from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.errors import Conflict
from valhub.jobs.models import Preparation, Work


def check_open(analysis: Analysis) -> AnalysisVersion:
    """The version that takes submissions.

    Raises
    ------
    Conflict
        When there is none.
    """
    if analysis.state != AnalysisState.PUBLISHED:
        raise Conflict(
            "The analysis takes no submissions: it is not published, or it is closed.",
            code="analysis-closed",
        )
    version = analysis.current_version
    preparation = Preparation.objects.filter(version=version).first()
    if version is None or preparation is None:
        raise Conflict(
            "The analysis takes no submissions yet: its queue is not there. Try again in a minute.",
            code="queue-missing",
        )
    if preparation.state == Work.FAILED:
        raise Conflict(
            "The analysis' data could not be prepared. Its organiser has to upload the package "
            "again.",
            code="data-unusable",
        )
    return version
