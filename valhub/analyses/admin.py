"""Staff's view of analyses: their texts and limits can be edited, their packages cannot.

States change through the services, as actions on the list.
"""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from valhub.accounts.admin import ReadOnlyAdmin
from valhub.accounts.models import Account
from valhub.analyses.errors import NotInThisState
from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
from valhub.analyses.services.publication import (
    close_analysis,
    publish_analysis,
    withdraw_analysis,
)
from valhub.analyses.services.staff_acts import change_as, record_as


def _by(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)  # noqa: S101 - signed in
    return request.user


@admin.register(Analysis)
class AnalysisAdmin(ReadOnlyAdmin):
    """Analyses, which staff can edit, publish, close and withdraw."""

    # There are few enough to count.
    show_full_result_count = True
    list_display = ("id", "analysis_name", "creator", "state", "current_version", "created_at")
    list_display_links = ("analysis_name",)
    list_filter = ("state",)
    list_select_related = ("creator", "current_version__analysis")
    search_fields = ("analysis_name", "creator__username")
    readonly_fields = (
        "creator", "state", "current_version", "annotation_file_name", "primary_metric",
        "lower_is_better", "created_at",
    )  # fmt: skip
    actions = ("publish", "close", "withdraw")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """All staff may edit texts and limits."""
        return self.has_module_permission(request)

    def save_model(
        self,
        request: HttpRequest,
        obj: Analysis,
        form: "ModelForm[Analysis]",
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save only what was changed: a version may have been uploaded meanwhile."""
        with transaction.atomic():
            obj.save(update_fields=form.changed_data)
            record_as(_by(request), obj, "edit analysis")

    @admin.action(description="Publish: everybody sees them and can submit")
    def publish(self, request: HttpRequest, rows: QuerySet[Analysis]) -> None:
        """Publish the chosen analyses."""
        self._change(request, rows, publish_analysis)

    @admin.action(description="Close: accept no more submissions")
    def close(self, request: HttpRequest, rows: QuerySet[Analysis]) -> None:
        """Close the chosen analyses."""
        self._change(request, rows, close_analysis)

    @admin.action(
        description="Withdraw: turn them back into drafts that only their creator and the staff see"
    )
    def withdraw(self, request: HttpRequest, rows: QuerySet[Analysis]) -> None:
        """Turn the chosen analyses back into drafts."""
        self._change(request, rows, withdraw_analysis)

    def _change(
        self,
        request: HttpRequest,
        rows: QuerySet[Analysis],
        service: Callable[[Analysis], None],
    ) -> None:
        for analysis in rows:
            try:
                change_as(_by(request), analysis, service)
            except NotInThisState as problem:
                self.message_user(request, f"{analysis}: {problem.detail}", messages.WARNING)


class DataFileInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs alone
    """The files of a version."""

    model = DataFile
    extra = 0
    can_delete = False
    ordering = ("ordinal",)
    fields = ("ordinal", "name", "size", "on_leaderboard", "part")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Staff who see a version see its files."""
        return request.user.is_active and request.user.is_staff


@admin.register(AnalysisVersion)
class AnalysisVersionAdmin(ReadOnlyAdmin):
    """Versions and their files, as they were uploaded."""

    show_full_result_count = True
    list_display = ("id", "analysis", "number", "kind", "content_hash", "created_at")
    list_display_links = ("analysis",)
    list_filter = ("kind",)
    list_select_related = ("analysis",)
    search_fields = ("analysis__analysis_name", "content_hash")
    inlines = (DataFileInline,)
