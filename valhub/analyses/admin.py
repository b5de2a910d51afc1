"""Analyses in the staff's administration: their words and limits may be mended, packages not.

Django's classes take no type parameters at run time, whatever their stubs say.
"""

from django.contrib import admin
from django.http import HttpRequest

from valhub.analyses.models import Analysis, AnalysisVersion, DataFile


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only uploads make, and that never change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only uploads add versions."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,
        obj: AnalysisVersion | None = None,
    ) -> bool:
        """A version is what was uploaded."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,
        obj: AnalysisVersion | None = None,
    ) -> bool:
        """Results name their version."""
        return False


class DataFileInline(admin.TabularInline):  # type: ignore[type-arg]
    """The files of a version."""

    model = DataFile
    extra = 0
    can_delete = False
    ordering = ("ordinal",)
    readonly_fields = fields = ("ordinal", "name", "size", "on_leaderboard", "public")


@admin.register(Analysis)
class AnalysisAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """An analysis: everything but its package and its creator may be mended."""

    list_display = ("id", "analysis_name", "creator", "state", "current_version", "created_at")
    list_display_links = ("analysis_name",)
    list_filter = ("state",)
    list_select_related = ("creator", "current_version__analysis")
    search_fields = ("analysis_name", "creator__username")
    readonly_fields = ("creator", "current_version", "annotation_file_name", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only uploads make analyses."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,
        obj: Analysis | None = None,
    ) -> bool:
        """An analysis is closed, not deleted: results belong to it."""
        return False


@admin.register(AnalysisVersion)
class AnalysisVersionAdmin(_ReadOnly):
    """A version and its files."""

    list_display = ("id", "analysis", "number", "kind", "content_hash", "created_at")
    list_display_links = ("analysis",)
    list_filter = ("kind",)
    list_select_related = ("analysis",)
    search_fields = ("analysis__analysis_name", "content_hash")
    inlines = (DataFileInline,)
