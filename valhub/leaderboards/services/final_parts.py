"""Revealing the scores of a final part, once and for all.

Every entry has them already, from when its run was placed: revealing only lets readers see them,
in one transaction however long the board is.
"""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from valhub.analyses.errors import NotInThisState
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.cloud.row_locks import locked
from valhub.leaderboards.models import Board


def reveal_final_part(analysis: Analysis) -> None:
    """Show the final part's scores on the current version, rank by them, and close the analysis.

    It closes, because nobody may tune an algorithm to what has been revealed.

    Raises
    ------
    NotInThisState
        When it is a draft, has no final part, or has revealed it.
    """
    with transaction.atomic():
        found = locked(Analysis.objects).get(pk=analysis.pk)
        version = AnalysisVersion.objects.get(current_of=found)
        _refuse(found, version)
        Analysis.objects.filter(pk=found.pk).update(state=AnalysisState.CLOSED)
        AnalysisVersion.objects.filter(pk=version.pk).update(revealed_at=Now())
        # What the board shows has changed: a page that somebody kept is outdated.
        Board.objects.filter(version=version).update(number=F("number") + 1)
    analysis.refresh_from_db()


def _refuse(analysis: Analysis, version: AnalysisVersion) -> None:
    """Raise when there is nothing to reveal, or nobody to reveal it to."""
    if not version.final_files:
        raise NotInThisState(
            "The current version has no final part whose files count. Upload a version whose "
            "file_metadata.csv gives files the part `final`."
        )
    if version.revealed_at is not None:
        raise NotInThisState("The final part of the current version is revealed already.")
    if analysis.state == AnalysisState.DRAFT:
        raise NotInThisState(
            "The analysis is a draft, so nobody could see the final part. Publish it first."
        )
