"""How long requests take, counted across the web server's processes, for Prometheus.

Each process counts in a file of its own in the folder of `metrics_folder`, and the
one that is asked sums up all of them. A process without such a folder counts for itself. What the
database knows is not counted here, but read when somebody asks.
"""

import os
from collections.abc import Iterable

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from valhub.observing.metrics_folder import FOLDER_VARIABLE

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

_of_this_process = CollectorRegistry()
_request_seconds = Histogram(
    "valhub_http_request_seconds",
    "How long requests took, by route, method and kind of answer.",
    ("route", "method", "answer"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=_of_this_process,
)


def count_request(request: HttpRequest, status: int, seconds: float) -> None:
    """Count one answered request under its route, never its address: the labels stay few."""
    matched = request.resolver_match
    route = f"/{matched.route}" if matched else "other"
    method = request.method if request.method in _METHODS else "other"
    _request_seconds.labels(route, method, f"{status // 100}xx").observe(seconds)


class RequestCounts(Collector):
    """What all processes of this web server have counted."""

    def collect(self) -> Iterable[Metric]:
        """Read the counts."""
        if folder := os.environ.get(FOLDER_VARIABLE):
            counts = MultiProcessCollector(None, path=folder)  # type: ignore[no-untyped-call]
            return list(counts.collect())  # type: ignore[no-untyped-call]
        return _of_this_process.collect()
