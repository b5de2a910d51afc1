"""How analyses are doing, for their organisers: data, submissions, outdated entries."""

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.jobs.models import Run, Submission
from valhub.leaderboards.models import Board


def analyses_organised_by(account: Account) -> QuerySet[Analysis]:
    """An account's own analyses, the newest first.

    Each has `submissions_count`, and `outdated_count`: entries on the boards of its older versions.
    """
    own = Analysis.objects.filter(creator=account, current_version__isnull=False)
    submissions = Submission.objects.filter(analysis=OuterRef("pk")).order_by()
    counted = submissions.values("analysis").annotate(count=Count("pk")).values("count")
    older = Board.objects.filter(version__analysis=OuterRef("pk")).exclude(
        version__current_of__isnull=False
    )
    outdated = older.values("version__analysis").annotate(sum=Sum("entries_count")).values("sum")
    rows = own.select_related("current_version__preparation").annotate(
        submissions_count=Coalesce(Subquery(counted), 0),
        outdated_count=Coalesce(Subquery(outdated), 0),
    )
    return rows.order_by("-created_at", "-id")


def versions_of(analysis: Analysis) -> QuerySet[AnalysisVersion]:
    """All versions of an analysis, the newest first.

    Each has `files_count`, `runs_count`, and `entries_count`; entries are outdated on all but the
    current version.
    """
    stored = AnalysisVersion.objects.filter(analysis=analysis).exclude(archive="")
    runs = Run.objects.filter(version=OuterRef("pk")).order_by()
    counted = runs.values("version").annotate(count=Count("pk")).values("count")
    rows = stored.select_related("preparation").annotate(
        files_count=Count("files"),
        runs_count=Coalesce(Subquery(counted), 0),
        entries_count=Coalesce(F("board__entries_count"), 0),
    )
    return rows.order_by("-number")
