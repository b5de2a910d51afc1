"""The life of an analysis: draft, published, closed.

Only its creator and the staff see a draft; a published analysis accepts submissions; a closed one
stays readable and can be opened again, but not once its final part has been revealed. Each change
is one conditional update.
"""

from valhub.analyses.errors import NotInThisState
from valhub.analyses.models import Analysis, AnalysisState


def publish_analysis(analysis: Analysis) -> None:
    """Let everybody see an analysis and submit algorithms; raises `NotInThisState`.

    A draft whose final part has been revealed becomes closed: it can be seen, and that is all.
    """
    if not _is_revealed(analysis):
        _change(analysis, (AnalysisState.DRAFT, AnalysisState.CLOSED), AnalysisState.PUBLISHED)
    elif analysis.state == AnalysisState.DRAFT:
        _change(analysis, (AnalysisState.DRAFT,), AnalysisState.CLOSED)
    else:
        raise NotInThisState(
            "The final part of the current version is revealed, so it accepts no more submissions. "
            "Upload a new version, then open the analysis again."
        )


def close_analysis(analysis: Analysis) -> None:
    """Accept no more submissions; raises `NotInThisState`."""
    _change(analysis, (AnalysisState.PUBLISHED,), AnalysisState.CLOSED)


def withdraw_analysis(analysis: Analysis) -> None:
    """Make a published or closed analysis a draft again; raises `NotInThisState`."""
    _change(analysis, (AnalysisState.PUBLISHED, AnalysisState.CLOSED), AnalysisState.DRAFT)


def _is_revealed(analysis: Analysis) -> bool:
    version = analysis.current_version
    return version is not None and version.revealed_at is not None


def _change(analysis: Analysis, before: tuple[AnalysisState, ...], after: AnalysisState) -> None:
    rows = Analysis.objects.filter(pk=analysis.pk, state__in=before, current_version__isnull=False)
    if not rows.update(state=after):
        analysis.refresh_from_db()
        raise NotInThisState(
            f"The analysis is {analysis.state}; only a {' or '.join(before)} analysis can "
            f"become {after}."
        )
    analysis.state = after
