"""Analyses and versions, as far as the reader may see them.

An analysis without a current version is still being stored, and nobody sees it.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from valhub.accounts.models import Account
from valhub.analyses.errors import NoSuchVersion
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion
from valhub.errors import NotFound

Viewer = Account | AnonymousUser | None

# Keys are 64-bit on every database; a number beyond that names nothing.
_LARGEST_KEY = 2**63 - 1


def analyses_visible_to(account: Viewer) -> QuerySet[Analysis]:
    """Analyses somebody may see, the newest first.

    Everybody sees published and closed ones; only its creator and the staff see a draft.
    """
    stored = Analysis.objects.filter(current_version__isnull=False).order_by("-created_at", "-id")
    if isinstance(account, Account) and account.is_staff:
        return stored
    visible = Q(state__in=(AnalysisState.PUBLISHED, AnalysisState.CLOSED))
    if isinstance(account, Account):
        visible |= Q(creator=account)
    return stored.filter(visible)


def published_analyses() -> QuerySet[Analysis]:
    """Analyses that accept submissions, the newest first."""
    return analyses_visible_to(None).filter(state=AnalysisState.PUBLISHED)


def find_analysis(analysis_id: int, visible_to: Viewer) -> Analysis:
    """Find one analysis; raises `NotFound` when there is none or it may not be seen."""
    found = None
    if 0 < analysis_id <= _LARGEST_KEY:
        visible = analyses_visible_to(visible_to).select_related("current_version")
        found = visible.filter(pk=analysis_id).first()
    if found is None:
        sentence = f"There is no analysis {analysis_id}, or you may not see it."
        raise NotFound(sentence, code="no-such-analysis")
    return found


def find_version(analysis: Analysis, number: int) -> AnalysisVersion:
    """Find one version of an analysis by its number; raises `NoSuchVersion`."""
    stored = AnalysisVersion.objects.exclude(archive="").select_related("analysis")
    found = stored.filter(analysis=analysis, number=number).first() if number < 2**31 else None
    if found is None:
        raise NoSuchVersion
    return found


def archives_readable_by(account: Viewer) -> QuerySet[AnalysisVersion]:
    """Versions whose uploaded archive, truth and all, an account may read: creator and staff."""
    stored = AnalysisVersion.objects.exclude(archive="")
    if not isinstance(account, Account):
        return stored.none()
    return stored if account.is_staff else stored.filter(analysis__creator=account)


def is_outdated(version: AnalysisVersion) -> bool:
    """Whether the entries on a version's board are outdated: there is a newer version."""
    return version.analysis.current_version_id != version.pk
