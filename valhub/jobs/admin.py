"""Staff's view of the work: read-only, because states change through services alone."""

from datetime import timedelta
from typing import ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from valhub.accounts.admin import ReadOnly, ReadOnlyAdmin
from valhub.jobs.clock import ago
from valhub.jobs.models import (
    Event,
    FileResult,
    Launch,
    Preparation,
    Run,
    Shard,
    Submission,
    Worker,
)

# A worker sends a heartbeat every five seconds.
_ALIVE = timedelta(seconds=30)


class RunsOfSubmission(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """A submission's runs."""

    model = Run
    fields = ("number", "status", "verdict", "coverage", "started_at", "finished_at", "reason")
    show_change_link = True


class ShardsOfRun(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    """A run's shards, with their holders and for how long they hold them."""

    model = Shard
    fields = ("ordinal", "state", "attempt", "deaths", "owner", "lease_until")


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Submissions."""

    list_display = ("id", "analysis", "created_by", "status", "submitted_at", "reason")
    list_filter = ("status", "our_fault", "is_baseline", "archived")
    search_fields = ("=id", "created_by__username", "display_name")
    list_select_related = ("analysis", "created_by")
    date_hierarchy = "submitted_at"
    inlines: ClassVar = [RunsOfSubmission]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    """Runs."""

    list_display = ("id", "submission", "number", "status", "admitted", "turn", "verdict", "reason")
    list_filter = ("status", "admitted", "verdict")
    search_fields = ("=submission__id",)
    list_select_related = ("submission",)
    inlines: ClassVar = [ShardsOfRun]


@admin.register(Shard)
class ShardAdmin(ReadOnlyAdmin):
    """Shards."""

    list_display = ("id", "run", "ordinal", "state", "attempt", "deaths", "owner", "lease_until")
    list_filter = ("state",)
    search_fields = ("=run__submission__id", "owner")
    list_select_related = ("run__submission",)


@admin.register(Preparation)
class PreparationAdmin(ReadOnlyAdmin):
    """Data sets being prepared."""

    list_display = ("version", "state", "attempt", "deaths", "owner", "lease_until", "reason")
    list_filter = ("state",)
    list_select_related = ("version__analysis",)


@admin.register(FileResult)
class FileResultAdmin(ReadOnlyAdmin):
    """Results of single files."""

    list_display = ("run", "file", "verdict", "coverage", "elapsed_s", "peak_memory_bytes")
    list_filter = ("verdict",)
    search_fields = ("=run__submission__id",)
    list_select_related = ("run__submission", "file")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The event log of submissions."""

    list_display = ("at", "submission", "number", "kind", "data")
    list_filter = ("kind",)
    search_fields = ("=submission__id",)
    list_select_related = ("submission",)


@admin.register(Launch)
class LaunchAdmin(ReadOnlyAdmin):
    """Instances that were launched for analyses, or could not be."""

    list_display = (
        "id", "analysis", "slot", "instance_id", "tries", "asked_at", "launched_at", "ended_at",
        "trouble",
    )  # fmt: skip
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    search_fields = ("=instance_id", "analysis__analysis_name")
    list_select_related = ("analysis",)
    ordering = ("-id",)


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """Workers and their heartbeats."""

    list_display = ("name", "alive", "heartbeat_at", "started_at", "doing", "trouble")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Worker]:
        """Workers, with whether they are `fresh` by the clock that their heartbeats go by."""
        fresh = models.Q(heartbeat_at__gt=ago(_ALIVE))
        workers: models.QuerySet[Worker] = super().get_queryset(request).annotate(fresh=fresh)
        return workers

    @admin.display(boolean=True)
    def alive(self, worker: Worker) -> bool:
        """Whether its heartbeat is fresh."""
        return bool(vars(worker)["fresh"])
