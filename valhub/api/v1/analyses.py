"""Analyses: listed, shown, published and closed. `organising` has what is uploaded."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from ninja import Field, Query, Schema

from valhub.accounts.models import Account
from valhub.analyses.models import Analysis, AnalysisState, AnalysisVersion, PackageKind
from valhub.analyses.selectors.environments import packages_until
from valhub.analyses.selectors.listing import analyses_visible_to, find_analysis
from valhub.analyses.selectors.managing import find_managed_analysis, find_publishable_analysis
from valhub.analyses.selectors.permissions import may_manage
from valhub.analyses.services.publication import (
    close_analysis,
    publish_analysis,
    withdraw_analysis,
)
from valhub.analyses.services.staff_acts import change_as
from valhub.api.v1.callers import Anybody, Organiser, account_of, viewer_of
from valhub.api.v1.columns import ColumnOut, column_out
from valhub.api.v1.lists import ListOf, PageQuery, newest_first
from valhub.api.v1.quotas import QuotaOut, quota_of
from valhub.api.v1.routes import Routes
from valhub.leaderboards.columns import visible_columns
from valhub.leaderboards.services.final_parts import reveal_final_part

routes = Routes(tags=["analyses"])


class AnalysisLine(Schema):
    """An analysis in a list."""

    id: int
    name: str
    short_description: str
    state: AnalysisState
    kind: PackageKind
    version: int = Field(description="The version that takes submissions.")
    created_at: datetime


class AnalysisOut(AnalysisLine):
    """An analysis."""

    description: str
    ruleset: str
    dataset_description: str
    creator: UUID
    function: str | None = Field(description="The function that a task asks algorithms for.")
    packages_until: str = Field(description="Packages uploaded later do not count.")
    columns: list[ColumnOut] = Field(description="Of its leaderboard, the one that ranks first.")
    final_part_revealed_at: datetime | None
    quota: QuotaOut | None = Field(description="Left for the caller; null for nobody.")


class VersionOut(Schema):
    """One version of an analysis."""

    number: int
    kind: PackageKind
    content_hash: str
    created_at: datetime
    is_current: bool
    notes: list[str] | None = Field(
        description="Sentences on what its organiser should look at; null for others."
    )


class AnalysesQuery(PageQuery):
    """Which analyses are listed."""

    state: AnalysisState | None = None
    kind: PackageKind | None = None
    text: Annotated[
        str | None, Field(max_length=200, description="Words of the name or short description.")
    ] = None


@routes.get("/analyses", response=ListOf[AnalysisLine], auth=Anybody)
def list_analyses(request: HttpRequest, asked: Query[AnalysesQuery]) -> ListOf[AnalysisLine]:
    """List the analyses that the caller may see, the newest first."""
    rows = _matching(analyses_visible_to(viewer_of(request)), asked)
    found = newest_first(rows.select_related("current_version"), by="created_at", asked=asked)
    lines = [AnalysisLine(**_line(one)) for one in found.rows]
    return ListOf[AnalysisLine](items=lines, next=found.next)


@routes.get("/analyses/{int:analysis_id}", response=AnalysisOut, auth=Anybody)
def show_analysis(request: HttpRequest, analysis_id: int) -> AnalysisOut:
    """Show an analysis."""
    viewer = viewer_of(request)
    return analysis_out(find_analysis(analysis_id, visible_to=viewer), viewer)


@routes.get("/analyses/{int:analysis_id}/versions", response=ListOf[VersionOut], auth=Anybody)
def list_versions(
    request: HttpRequest, analysis_id: int, asked: Query[PageQuery]
) -> ListOf[VersionOut]:
    """List the versions of an analysis, the newest first."""
    analysis = find_analysis(analysis_id, visible_to=viewer_of(request))
    stored = analysis.versions.exclude(archive="")
    found = newest_first(stored, by="created_at", asked=asked)
    viewer = viewer_of(request)
    lines = [version_out(analysis, one, viewer) for one in found.rows]
    return ListOf[VersionOut](items=lines, next=found.next)


@routes.post("/analyses/{int:analysis_id}/publish", response=AnalysisOut, auth=Organiser)
def publish(request: HttpRequest, analysis_id: int) -> AnalysisOut:
    """Publish a draft, or open a closed analysis again."""
    by = account_of(request)
    analysis = find_publishable_analysis(analysis_id, published_by=by)
    change_as(by, analysis, publish_analysis)
    return analysis_out(analysis, by)


@routes.post("/analyses/{int:analysis_id}/close", response=AnalysisOut, auth=Organiser)
def close(request: HttpRequest, analysis_id: int) -> AnalysisOut:
    """Accept no more submissions."""
    return _changed(request, analysis_id, close_analysis)


@routes.post("/analyses/{int:analysis_id}/withdraw", response=AnalysisOut, auth=Organiser)
def withdraw(request: HttpRequest, analysis_id: int) -> AnalysisOut:
    """Make a draft of it again."""
    return _changed(request, analysis_id, withdraw_analysis)


@routes.post("/analyses/{int:analysis_id}/reveal", response=AnalysisOut, auth=Organiser)
def reveal(request: HttpRequest, analysis_id: int) -> AnalysisOut:
    """Show the scores of the final part, and accept no more submissions. Nothing hides it again."""
    return _changed(request, analysis_id, reveal_final_part)


def _changed(
    request: HttpRequest, analysis_id: int, service: Callable[[Analysis], object]
) -> AnalysisOut:
    by = account_of(request)
    change_as(by, find_managed_analysis(analysis_id, managed_by=by), service)
    return analysis_out(find_analysis(analysis_id, visible_to=by), by)


def _matching(rows: QuerySet[Analysis], asked: AnalysesQuery) -> QuerySet[Analysis]:
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.kind:
        rows = rows.filter(current_version__kind=asked.kind)
    # Not every database ignores case by itself.
    rows = rows.annotate(lower_name=Lower("analysis_name"), lower_words=Lower("short_description"))
    for word in (asked.text or "").replace("\0", " ").lower().split():
        rows = rows.filter(Q(lower_name__contains=word) | Q(lower_words__contains=word))
    return rows


def _current(analysis: Analysis) -> AnalysisVersion:
    version = analysis.current_version
    assert version is not None  # noqa: S101 - the selectors give no other
    return version


def _line(analysis: Analysis) -> dict[str, Any]:
    version = _current(analysis)
    return {
        "id": analysis.pk,
        "name": analysis.analysis_name,
        "short_description": analysis.short_description,
        "state": analysis.state,
        "kind": version.kind,
        "version": version.number,
        "created_at": analysis.created_at,
    }


def analysis_out(analysis: Analysis, viewer: Account | None) -> AnalysisOut:
    """Write an analysis, with what is left for somebody."""
    version = _current(analysis)
    return AnalysisOut(
        **_line(analysis),
        description=analysis.description,
        ruleset=analysis.ruleset,
        dataset_description=analysis.dataset_description,
        creator=analysis.creator_id,
        function=version.function_name or None,
        packages_until=packages_until(version),
        columns=[column_out(one) for one in visible_columns(version)],
        final_part_revealed_at=version.revealed_at,
        quota=quota_of(analysis, viewer) if viewer else None,
    )


def version_out(analysis: Analysis, version: AnalysisVersion, viewer: Account | None) -> VersionOut:
    """Write a version, as somebody may see it."""
    manages = viewer is not None and may_manage(viewer, analysis)
    return VersionOut(
        number=version.number,
        kind=PackageKind(version.kind),
        content_hash=version.content_hash,
        created_at=version.created_at,
        is_current=version.pk == analysis.current_version_id,
        notes=list(version.notes or []) if manages else None,
    )
