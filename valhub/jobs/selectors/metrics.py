"""What monitoring reads of submissions and runs; `queues` has what waits.

Everything is read by index from what is still open, or from the tallies that are counted as
things happen, so it costs the same after a million submissions as after ten.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, product

from django.db.models import Count, Sum

from valhub.evaluation.results import Verdict
from valhub.jobs.models import ACTIVE, Status, Submission, Tally
from valhub.jobs.services.tallies import LEASE_LOST, WITHIN_S

_ALWAYS_REPORTED = tuple(
    product((Status.FINISHED, Status.FAILED), (Verdict.INTERNAL_ERROR, Verdict.ORGANISER_ERROR))
)


def active_submissions() -> Mapping[str, int]:
    """Count the submissions that have not ended, by status; those that have are in the tallies."""
    rows = Submission.objects.filter(status__in=ACTIVE).order_by().values_list("status")
    counts = dict(rows.annotate(Count("pk")))
    return {str(status): counts.get(status, 0) for status in ACTIVE}


@dataclass(frozen=True)
class Ended:
    """How many runs of an analysis have ended in one way, ever."""

    analysis: str
    status: str
    verdict: str
    count: int


@dataclass(frozen=True)
class LostLeases:
    """How often an analysis' workers died or fell silent with work of one kind, ever."""

    analysis: str
    kind: str
    count: int


@dataclass(frozen=True)
class Durations:
    """How long the finished runs of an analysis took.

    Attributes
    ----------
    within_s : tuple of (float, int)
        For each bound of `tallies.WITHIN_S`, how many took no longer; the last bound is infinite.
    """

    analysis: str
    within_s: tuple[tuple[float, int], ...]
    total_s: float


def ended_runs() -> list[Ended]:
    """Read how runs ended.

    Faults that the staff should hear of are reported as zero before there are any: otherwise
    monitoring would miss the first one.
    """
    rows = Tally.objects.order_by().values_list("analysis", "what", "kind").annotate(Sum("count"))
    counts = {(pk, what, kind): count for pk, what, kind, count in rows}
    reported = {(pk, *fault): 0 for pk, _, _ in counts for fault in _ALWAYS_REPORTED} | counts
    ended = [(*key, count) for key, count in reported.items() if key[1] != LEASE_LOST]
    return [Ended(str(pk), status, verdict, count) for pk, status, verdict, count in ended]


def lost_leases() -> list[LostLeases]:
    """Read how often work lost its holder; like faults, reported as zero when it never did."""
    rows = Tally.objects.order_by().values_list("analysis", "what", "kind", "count")
    reported = {(pk, kind): 0 for pk, *_ in rows for kind in ("shard", "preparation", "build")}
    reported |= {(pk, kind): count for pk, what, kind, count in rows if what == LEASE_LOST}
    return [LostLeases(str(pk), kind, count) for (pk, kind), count in reported.items()]


def run_durations() -> list[Durations]:
    """Read how long finished runs took."""
    rows = Tally.objects.filter(what=Status.FINISHED, within_s__gt=0).order_by()
    found: dict[int, dict[int, tuple[int, float]]] = {}
    sums = rows.values_list("analysis", "within_s").annotate(Sum("count"), Sum("seconds"))
    for analysis, bound, count, seconds in sums:
        found.setdefault(analysis, {})[bound] = (count, seconds)
    return [_durations(str(pk), found[pk]) for pk in sorted(found)]


def _durations(analysis: str, by_bound: Mapping[int, tuple[int, float]]) -> Durations:
    counts = accumulate(by_bound.get(bound, (0, 0.0))[0] for bound in WITHIN_S)
    bounds = (*WITHIN_S[:-1], math.inf)
    total_s = sum(seconds for _, seconds in by_bound.values())
    return Durations(analysis, tuple(zip(bounds, counts, strict=True)), total_s)
