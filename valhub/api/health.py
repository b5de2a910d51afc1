"""Whether the hub lives and can serve, for those who watch over it: `/livez` and `/readyz`.

A process that answers lives. It is ready when its database is reachable and migrated and its disk
can be written; whether the queues' broker answers and the other processes are alive is reported
too but does not count: pages do not need them, and what is submitted meanwhile is evaluated later.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from valhub.api.routing import api_route
from valhub.cloud.free_space import is_nearly_full
from valhub.cloud.queues import open_queues
from valhub.jobs.selectors.builds import build_queue
from valhub.jobs.selectors.heartbeats import process_states
from valhub.jobs.selectors.launches import count_launches
from valhub.jobs.selectors.workers import count_workers

OK = "ok"

_log = structlog.get_logger(__name__)


@api_route("GET")
def livez(_request: HttpRequest) -> JsonResponse:
    """Report that this process answers."""
    return JsonResponse({"status": "alive"})


@api_route("GET")
def readyz(_request: HttpRequest) -> JsonResponse:
    """Report whether the hub can serve, and what it lacks: 200 or 503."""
    checks = {
        "database": _checked(_database),
        "migrations": _checked(_migrations),
        "disk": _checked(_disk),
    }
    ready = set(checks.values()) == {OK}
    document = {
        "status": "ready" if ready else "not ready",
        **checks,
        "queue": OK if open_queues().is_reachable() else "unreachable",
        "space": _checked(_space),
        "processes": _processes(),
        "environments": _environments(),
        "workers": _workers(),
    }
    return JsonResponse(document, status=200 if ready else 503)


def _checked(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, OSError) as error:
        # The reason may hold addresses and paths, so it goes to the log only.
        _log.error("not_ready", check=check.__name__.strip("_"), exc_info=error)
        return "failed"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} not applied; run `valhub migrate`" if missing else OK


def _disk() -> str:
    with tempfile.TemporaryFile(dir=settings.DATA) as file:
        file.write(b"ready?" * 1000)
        file.flush()
    return OK


def _space() -> str:
    """Say whether there is room for uploads; pages do without."""
    return "nearly full; uploads are refused" if is_nearly_full(settings.DATA) else OK


def _processes() -> Mapping[str, str]:
    """Say of each kind whether it is well: without a sweeper, a dead worker's work stays held."""
    try:
        return process_states()
    except DatabaseError:
        return {}


def _environments() -> Mapping[str, float]:
    """Count the environments that runs wait for, and say for how long the first has waited."""
    try:
        queue = build_queue()
        return {**asdict(queue), "oldest_s": round(queue.oldest_s)}
    except DatabaseError:
        return {}


def _workers() -> Mapping[str, int]:
    """Count the workers whose heartbeat is fresh, those that take no work, and instances."""
    try:
        counts = asdict(count_workers())
        if settings.LAUNCHER is not None:
            launches = count_launches()
            counts |= {"instances": launches.running, "instances_refused": launches.refused}
        return counts
    except DatabaseError:
        return {}
