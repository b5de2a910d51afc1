"""Leases: which worker does which piece of work, decided by conditional updates alone.

The claim, the renewal and every write of a worker name the attempt they belong to; an update that
touches no row shows that another worker has the work by now. All times are the database's.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, QuerySet, Sum, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.models import Build, LeasedWork, Preparation, Run, Shard, Work
from valhub.jobs.services.tallies import count_lost_lease
from valhub.jobs.services.wake_ups import notify_workers_of

log = logging.getLogger(__name__)

W = TypeVar("W", Preparation, Build, Shard)

# Workers that poll at the same moment see the same rows; a late one tries the next row.
_CANDIDATES = 8


class LostLease(Exception):
    """Another worker has the work by now; nothing more may be written."""


@dataclass(frozen=True)
class Claim(Generic[W]):
    """One worker's hold on a piece of work: the row as it was claimed, and the fencing token."""

    work: W
    attempt: int

    def held(self) -> QuerySet[W]:
        """The row, as long as it is still held by this claim."""
        model = type(self.work)
        return model._default_manager.filter(
            pk=self.work.pk, attempt=self.attempt, state=Work.LEASED
        )

    def renew(self) -> None:
        """Extend the lease; raises `LostLease`."""
        if not self.held().update(lease_until=lease_end()):
            raise LostLease

    def progress(self) -> None:
        """Extend the lease and record that some of the work is done; raises `LostLease`."""
        if not self.held().update(lease_until=lease_end(), progressed_at=Now()):
            raise LostLease

    def give_back(self) -> None:
        """Return the work to the queue at once, so that another worker can claim it."""
        if self.held().update(**queued_now()):
            notify_workers_of(self.work)

    def end(self, state: Work = Work.DONE) -> None:
        """End the work; raises `LostLease`."""
        if not self.held().update(state=state, owner="", lease_until=None):
            raise LostLease


def queued_now() -> dict[str, object]:
    """Fields of work that becomes claimable now."""
    return {
        "state": Work.QUEUED,
        "owner": "",
        "lease_until": None,
        "queued_at": Now(),
        "woken_at": Now(),
    }


def lease_end() -> CombinedExpression:
    """The moment a lease that is taken or renewed now runs out, on the database's clock."""
    return Now() + Value(timedelta(seconds=settings.LEASE_S))


def claim(waiting: QuerySet[W], owner: str) -> Claim[W] | None:
    """Claim the first piece of work that no other worker gets first.

    Parameters
    ----------
    waiting : QuerySet
        Work in the order in which it is to be done; only what is queued is claimed.
    owner : str
        The worker's name.
    """
    for work in waiting.filter(state=Work.QUEUED)[:_CANDIDATES]:
        claimed = waiting.model._default_manager.filter(
            pk=work.pk, attempt=work.attempt, state=Work.QUEUED
        ).update(
            state=Work.LEASED,
            attempt=F("attempt") + 1,
            owner=owner,
            lease_until=lease_end(),
            progressed_at=Now(),
        )
        if claimed:
            log.info("work_taken kind=%s id=%s worker=%s", work._meta.model_name, work.pk, owner)
            return Claim(work, work.attempt + 1)
    return None


def expired(model: type[LeasedWork]) -> QuerySet[LeasedWork]:
    """Work whose holder has not renewed in time."""
    return model._default_manager.filter(state=Work.LEASED, lease_until__lt=Now())


@again_after_deadlock
def count_death(work: LeasedWork) -> bool:
    """Queue work again after its holder died on it; False when it, or its run, is given up.

    A run is given up at its `VALHUB_MAX_DEATHS`th death, on whichever of its shards; workers that
    were lost together, as in a power cut, are one death. Whatever is claimed after a death that was
    counted counts, so each of them hides at most one death of every other worker. Work that is no
    longer as it was read is left alone: its holder came back, or another caller was faster.
    """
    with transaction.atomic():
        deaths = _deaths_before(work)
        is_new = not deaths.include(work)
        again = deaths.count + is_new < settings.MAX_DEATHS
        as_read = type(work)._default_manager.filter(
            pk=work.pk, attempt=work.attempt, state=Work.LEASED, lease_until=work.lease_until
        )
        ended = {"state": Work.FAILED, "owner": "", "lease_until": None}
        after = queued_now() if again else ended
        death = {"deaths": F("deaths") + 1, "died_at": Now()} if is_new else {}
        counted = as_read.update(**death, **after)
        if counted:
            count_lost_lease(work)
        if counted and again:
            notify_workers_of(work)
    return again or not counted


@dataclass(frozen=True)
class _Deaths:
    """How many holders of some work died, and when the last death was counted."""

    count: int
    last_at: datetime | None = None

    def include(self, work: LeasedWork) -> bool:
        """Whether the holder of a piece of work was lost in a death that is counted already.

        That is so when it last made progress before that death: it may have been lost just then.
        """
        if self.last_at is None or work.progressed_at is None:
            return False
        return work.progressed_at < self.last_at


def _deaths_before(work: LeasedWork) -> _Deaths:
    """The deaths that are counted for a piece of work; for a shard, all deaths of its run.

    The run's row is locked, so that of two deaths one sees the other.
    """
    if not isinstance(work, Shard):
        return _Deaths(work.deaths)
    run = locked(Run.objects).get(pk=work.run_id)
    found = Shard.objects.filter(run=run, deaths__gt=0).aggregate(
        count=Sum("deaths"), last_at=Max("died_at")
    )
    return _Deaths(found["count"] or 0, found["last_at"])
