"""Spreading the end of a run: a worker with nothing to do takes files over from one that has many.

Work that nobody is waiting for is never split, so that whatever is dealt out first stays together.
The worker that held the files notices before it begins the next one; when both have begun a file,
the first to finish it records the result, and the other's is dropped.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Avg, Max, QuerySet

from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.clock import age_of, ago
from valhub.jobs.models import FileResult, Run, Shard, Status, Work
from valhub.jobs.services.leasing import Claim, claim

# Less than this is not worth a sandbox and an import on another worker.
WORTH_S = 5.0
# A last file that takes so many times the run's mean is begun again on another machine.
SLOW = 3.0
# So many of the shards that are behind are considered at one poll.
CONSIDERED = 8


@dataclass(frozen=True)
class Part:
    """Files for a new shard, and whether they leave the one they come from."""

    files: list[int]
    leaves: bool = True


def half_of(left: list[int], mean_s: float | None, still_s: float) -> Part | None:
    """Half of what is left of a shard, when that is worth a second worker.

    Parameters
    ----------
    left : list of int
        Files without a result, in order; the first of them is the one at hand.
    mean_s : float or None
        Mean time that a file of the run took; None before the first.
    still_s : float
        How long ago the shard's last file was finished.
    """
    if len(left) < 2 or max((mean_s or 0.0) * len(left), still_s) < WORTH_S:
        return None
    return Part(left[(len(left) + 1) // 2 :])


def second_try(left: list[int], mean_s: float | None, still_s: float) -> Part | None:
    """The last file of a shard, when it takes far longer than others of the run did."""
    if len(left) != 1 or mean_s is None or still_s < max(WORTH_S, SLOW * mean_s):
        return None
    return Part(left, leaves=False)


def spread(owner: str, shards: "QuerySet[Shard]") -> Claim[Shard] | None:
    """Take over a part of another worker's shard; None when there is none worth it.

    Parameters
    ----------
    owner : str
        The worker's name, `machine-process`.
    shards : QuerySet
        Shards that this worker may work on.
    """
    begun = shards.filter(state=Work.LEASED, progressed_at__lt=ago(timedelta(seconds=1)))
    slowest = list(begun.order_by("progressed_at")[:CONSIDERED])
    # Workers that poll at the same moment take from different shards.
    random.shuffle(slowest)
    for shard in slowest:
        taken = _take_over(shard, owner)
        if taken is not None:
            return taken
    return None


@again_after_deadlock
def _take_over(shard: Shard, owner: str) -> Claim[Shard] | None:
    with transaction.atomic():
        run = locked(Run.objects).get(pk=shard.run_id)
        held = Shard.objects.filter(pk=shard.pk, attempt=shard.attempt, state=Work.LEASED)
        current = locked(held).annotate(still=age_of("progressed_at")).first()
        if run.status != Status.RUNNING or current is None:
            return None
        part = _part_of(current, current.still.total_seconds(), owner)
        if part is None:
            return None
        if part.leaves:
            held.update(files=[pk for pk in current.files if pk not in part.files])
        new = _new_shard(run, current, part.files)
    return claim(Shard.objects.filter(pk=new.pk), owner)


def _part_of(shard: Shard, still_s: float, owner: str) -> Part | None:
    """The part of a shard that another worker should do; None when there is none."""
    results = FileResult.objects.filter(run=shard.run_id)
    done = set(results.filter(file__in=shard.files).values_list("file_id", flat=True))
    left = [pk for pk in shard.files if pk not in done]
    mean_s = results.filter(wall_measured=True).aggregate(mean=Avg("wall_s"))["mean"]
    half = half_of(left, mean_s, still_s)
    if half is not None or _machine(owner) == _machine(shard.owner):
        return half
    again = second_try(left, mean_s, still_s)
    return None if again is None or _is_doubled(shard, left[0]) else again


def _is_doubled(shard: Shard, file_id: int) -> bool:
    """Whether another worker has a file as well, or will have it."""
    others = Shard.objects.filter(run=shard.run_id, state__in=(Work.QUEUED, Work.LEASED))
    return any(
        file_id in files for files in others.exclude(pk=shard.pk).values_list("files", flat=True)
    )


def _machine(owner: str) -> str:
    return owner.rpartition("-")[0]


def _new_shard(run: Run, shard: Shard, files: list[int]) -> Shard:
    last = Shard.objects.filter(run=run).aggregate(last=Max("ordinal"))["last"]
    return Shard.objects.create(
        run=run, ordinal=last + 1, files=files, turn=shard.turn, state=Work.QUEUED
    )
