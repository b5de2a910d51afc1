"""`/metrics`: the hub's state for Prometheus, for staff and holders of the token; never open.

The database is read at every request, so that every web process reports the same and nothing is
lost with a process; only request times are counted in the processes.
"""

import hmac
import math
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from valhub.accounts.selectors.waiting import waiting_for_approval
from valhub.accounts.services.tokens import PREFIX, recognise_token
from valhub.api.callers import signed_in_caller
from valhub.api.routing import api_route
from valhub.errors import Forbidden, NotSignedIn
from valhub.jobs.selectors.builds import build_queue
from valhub.jobs.selectors.heartbeats import silent_seconds
from valhub.jobs.selectors.metrics import (
    active_submissions,
    ended_runs,
    lost_leases,
    run_durations,
)
from valhub.jobs.selectors.queues import overdue_leases, queue_states
from valhub.jobs.selectors.spaces import disks, used_spaces
from valhub.jobs.selectors.workers import count_workers
from valhub.observing.metrics import RequestCounts


@api_route("GET")
def metrics(request: HttpRequest) -> HttpResponse:
    """Report the hub's state in Prometheus' text format."""
    _check_reader(request)
    registry = CollectorRegistry()
    for collector in (HubState(), RequestCounts()):
        registry.register(collector)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _check_reader(request: HttpRequest) -> None:
    """Let staff and holders of the token pass.

    Raises
    ------
    NotSignedIn, Forbidden
        Nobody else passes, wherever the request comes from: behind a proxy on the same machine,
        every request would seem to be local.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        _check_token(token.strip())
    elif not signed_in_caller(request).is_staff:
        raise _staff_only()


def _check_token(token: str) -> None:
    """Let the hub's own token pass, and one of staff."""
    wanted = settings.METRICS_TOKEN
    if wanted and hmac.compare_digest(token.encode(), wanted.encode()):
        return
    if not token.startswith(PREFIX):
        raise NotSignedIn(
            "The bearer token is not the one in VALHUB_METRICS_TOKEN, or the hub has none. "
            "Send the token that the hub was started with, or one of staff.",
            code="wrong-token",
        )
    if not recognise_token(token).account.is_staff:
        raise _staff_only()


def _staff_only() -> Forbidden:
    return Forbidden(
        "Only staff may read the metrics. Sign in as staff, or send VALHUB_METRICS_TOKEN or a "
        "token of staff as a bearer token.",
        code="staff-only",
    )


class HubState(Collector):
    """What the database knows."""

    def describe(self) -> Iterable[Metric]:
        """Name nothing in advance: that would ask the database at registration."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Read it all."""
        yield from _queues()
        yield from _environments()
        yield from _ended()
        yield _durations()
        yield _gauge(
            "valhub_submissions",
            "Submissions that have not ended.",
            "status",
            active_submissions(),
        )
        workers = count_workers()
        states = {
            "working": workers.alive - workers.in_trouble,
            "in_trouble": workers.in_trouble,
        }
        yield _gauge("valhub_workers", "Workers with a fresh heartbeat.", "state", states)
        yield _gauge(
            "valhub_heartbeat_age_seconds",
            "How long a kind of process has been silent; infinite if it is needed and not running.",
            "process",
            silent_seconds(),
        )
        overdue = GaugeMetricFamily(
            "valhub_leases_overdue",
            "Leases that ended, and whose work the sweeper has not queued again.",
        )
        overdue.add_metric([], overdue_leases())
        yield overdue
        approvals = GaugeMetricFamily(
            "valhub_accounts_waiting", "Accounts that wait for approval by the staff."
        )
        approvals.add_metric([], waiting_for_approval().count())
        yield approvals
        yield from _space()


def _space() -> Iterable[Metric]:
    used = GaugeMetricFamily(
        "valhub_used_bytes", "Disk space that a part of the hub takes.", labels=["machine", "part"]
    )
    for one in used_spaces():
        used.add_metric([one.machine, one.part], one.bytes)
    labels = ["machine", "disk"]
    size = GaugeMetricFamily("valhub_disk_size_bytes", "Size of a machine's disk.", labels=labels)
    free = GaugeMetricFamily("valhub_disk_free_bytes", "Free space on it.", labels=labels)
    for disk in disks():
        size.add_metric([disk.machine, disk.disk], disk.size)
        free.add_metric([disk.machine, disk.disk], disk.free)
    reserved = GaugeMetricFamily(
        "valhub_disk_reserved_bytes", "Free space below which uploads and work are refused."
    )
    reserved.add_metric([], settings.RESERVED_BYTES)
    return used, size, free, reserved


def _queues() -> Iterable[Metric]:
    families = {
        "waiting": _by_analysis(
            "valhub_work_waiting", "Shards and data sets waiting for a worker."
        ),
        "running": _by_analysis("valhub_work_running", "Shards and data sets that workers run."),
        "oldest_s": _by_analysis(
            "valhub_work_oldest_waiting_seconds",
            "How long the oldest waiting shard or data set has waited.",
        ),
    }
    for analysis, state in queue_states().items():
        for name, family in families.items():
            family.add_metric([str(analysis)], getattr(state, name))
    return families.values()


def _environments() -> Iterable[Metric]:
    queue = build_queue()
    counts = {"waiting": queue.waiting, "running": queue.running}
    yield _gauge("valhub_builds", "Environments that runs wait for.", "state", counts)
    oldest = GaugeMetricFamily(
        "valhub_build_oldest_waiting_seconds",
        "How long the first environment that is not being made yet has waited.",
    )
    oldest.add_metric([], queue.oldest_s)
    yield oldest


def _by_analysis(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=["analysis"])


def _ended() -> Iterable[Metric]:
    runs = CounterMetricFamily(
        "valhub_runs_ended",
        "Runs that ended, by status and verdict.",
        labels=["analysis", "status", "verdict"],
    )
    for ended in ended_runs():
        runs.add_metric([ended.analysis, ended.status, ended.verdict], ended.count)
    leases = CounterMetricFamily(
        "valhub_leases_lost",
        "Leases lost because a worker died or stopped responding.",
        labels=["analysis", "kind"],
    )
    for lost in lost_leases():
        leases.add_metric([lost.analysis, lost.kind], lost.count)
    return runs, leases


def _durations() -> Metric:
    family = HistogramMetricFamily(
        "valhub_run_seconds", "How long finished runs took.", labels=["analysis"]
    )
    for one in run_durations():
        buckets = [(_bound(bound), count) for bound, count in one.within_s]
        family.add_metric([one.analysis], buckets, one.total_s)
    return family


def _bound(seconds: float) -> str:
    return "+Inf" if math.isinf(seconds) else str(float(seconds))


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
