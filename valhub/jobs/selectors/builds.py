"""Environments that are being made: whose turn it is, what an account has used, what waits."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.functions import Now

from valhub.jobs.clock import age_of, ago
from valhub.jobs.models import UNFINISHED, Build, Run, Work

DAY = timedelta(days=1)
_ACCOUNT = "run__submission__created_by"


def next_builds(store: str) -> list[int]:
    """Name the builds that may begin on a machine, one of each account, in the order of turns.

    An account that has one less goes first, and of several the one that has used less of its
    budget. None has all places of the machine, so that another's first build never waits for the
    end of one account's; what somebody is making already is not made twice.
    """
    building = Build.objects.filter(store=store, state=Work.LEASED)
    held = dict(building.order_by().values_list(_ACCOUNT).annotate(Count("pk")))
    most = max(1, settings.BUILDS_AT_ONCE - 1)
    full = [account for account, count in held.items() if count >= most]
    waiting = Build.objects.filter(store=store, state=Work.QUEUED, try_after__lte=Now())
    waiting = waiting.exclude(environment__in=building.values("environment"))
    waiting = waiting.exclude(**{f"{_ACCOUNT}__in": full})
    firsts = waiting.order_by().values_list(_ACCOUNT).annotate(first=Min("pk"))
    turns = [(held.get(account, 0), used_s(account), first) for account, first in firsts]
    return [first for _, _, first in sorted(turns)]


def used_s(account_id: UUID) -> float:
    """How many seconds builders have worked for an account within a day."""
    builds = Build.objects.filter(progressed_at__gt=ago(DAY), **{_ACCOUNT: account_id})
    return float(builds.aggregate(sum=Sum("seconds"))["sum"] or 0.0)


def unfinished_builds(store: str) -> int:
    """Count the builds that wait on a machine, or are being made."""
    return Build.objects.filter(store=store, state__in=UNFINISHED).count()


@dataclass(frozen=True)
class BuildQueue:
    """The environments that are to be made, on all machines.

    Attributes
    ----------
    waiting, running : int
        How many wait, and how many are being made.
    oldest_s : float
        How long the first of those that wait has waited.
    """

    waiting: int
    running: int
    oldest_s: float


def build_queue() -> BuildQueue:
    """Read the queue of environments."""
    waits = Q(state=Work.QUEUED)
    found = Build.objects.filter(state__in=UNFINISHED).aggregate(
        waiting=Count("pk", filter=waits), running=Count("pk", filter=~waits)
    )
    ages = Build.objects.filter(waits).annotate(age=age_of("queued_at")).order_by("queued_at")
    oldest = ages.values_list("age", flat=True).first() or timedelta()
    return BuildQueue(found["waiting"], found["running"], max(0.0, oldest.total_seconds()))


def build_words(run: Run) -> str:
    """Say in a sentence that a run's environment is to be made; empty when it is not."""
    builds = run.builds.filter(state__in=UNFINISHED)
    build = _working_first(builds).first()
    if build is None:
        return ""
    if build.state == Work.LEASED and build.progressed_at:
        return f"Its environment has been in the making since {build.progressed_at:%H:%M:%S UTC}."
    if build.trouble:
        return f"{build.trouble} The hub tries again at {build.try_after:%H:%M:%S UTC}."
    return "It waits for its environment to be made."


def _working_first(builds: QuerySet[Build]) -> QuerySet[Build]:
    return builds.order_by(F("lease_until").desc(nulls_last=True), "pk")
