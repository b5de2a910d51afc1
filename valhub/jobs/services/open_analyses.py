"""Which analyses accept submissions, and why the others do not."""

from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.errors import Conflict
from valhub.jobs.models import Preparation, Work


def check_open(analysis: Analysis) -> AnalysisVersion:
    """Find the version that accepts submissions.

    Raises
    ------
    Conflict
        When there is none.
    """
    if analysis.state != AnalysisState.PUBLISHED:
        raise Conflict(
            "The analysis accepts no submissions: it is a draft, or it is closed. "
            f"{_next(analysis)}",
            code="analysis-closed",
        )
    version = analysis.current_version
    preparation = Preparation.objects.filter(version=version).first()
    if version is None or preparation is None:
        raise Conflict(
            "The analysis accepts no submissions yet: its queue is missing. Try again in a minute.",
            code="queue-missing",
        )
    if version.revealed_at is not None:
        raise Conflict(
            "The final part of this analysis is revealed, so it accepts no more submissions. "
            f"{_next(analysis)}",
            code="final-part-revealed",
        )
    if preparation.state == Work.FAILED:
        raise Conflict(
            "The data of this analysis could not be prepared, so it accepts no submissions. "
            "Ask its organiser to upload the package again.",
            code="data-unusable",
        )
    return version


def _next(analysis: Analysis) -> str:
    """Say where to go on from an analysis that takes nothing."""
    if analysis.state == AnalysisState.DRAFT:
        return "Wait until its organiser publishes it; open analyses are listed at /."
    return f"See its leaderboard at /analyses/{analysis.pk}, and open analyses at /."
