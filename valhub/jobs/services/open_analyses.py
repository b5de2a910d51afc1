"""Which analyses accept submissions, and why the others do not."""

from valhub.accounts.problems import Conflict
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.jobs.models import Preparation, Work


class QueueMissing(Conflict):
    """The analysis takes no submissions yet: its queue is not there. Try again in a minute."""

    code = "queue-missing"


class DataUnusable(Conflict):
    """The analysis' data could not be prepared. Its organiser has to upload the package again."""

    code = "data-unusable"


class AnalysisClosed(Conflict):
    """The analysis takes no submissions: it is not published, or it is closed."""

    code = "analysis-closed"


def check_open(analysis: Analysis) -> AnalysisVersion:
    """The version that takes submissions.

    Raises
    ------
    AnalysisClosed, QueueMissing, DataUnusable
        When there is none.
    """
    if analysis.state != AnalysisState.PUBLISHED:
        raise AnalysisClosed
    version = analysis.current_version
    preparation = Preparation.objects.filter(version=version).first()
    if version is None or preparation is None:
        raise QueueMissing
    if preparation.state == Work.FAILED:
        raise DataUnusable
    return version
