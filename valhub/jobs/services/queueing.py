"""The queue: fair turns between accounts, and how many submissions of an analysis run at once.

Turns are start-time fair queueing. Every shard of an account takes the turn after that account's
last one, but none earlier than the queue's current turn. So an account that makes a hundred
submissions queues behind itself, and another's first one is next.
"""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.db.models.functions import Now

from valhub.analyses.models import Analysis, AnalysisVersion, DataFile
from valhub.analyses.selectors.caps import granted_at_once
from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import after_commit, again_after_deadlock
from valhub.jobs.models import (
    ACTIVE,
    UNFINISHED,
    Build,
    Preparation,
    Run,
    Shard,
    Status,
    Submission,
    Turn,
    Work,
)
from valhub.jobs.selectors.shares import runs_without_a_worker, workers_by_account
from valhub.jobs.selectors.workers import count_workers
from valhub.jobs.services.events import record_event
from valhub.jobs.services.file_events import files_per_event
from valhub.jobs.services.leasing import Claim, claim, queued_now
from valhub.jobs.services.sharding import deal, in_turn
from valhub.jobs.services.wake_ups import notify_workers

log = logging.getLogger(__name__)

PUT_BACK = "it goes on after the submission of somebody who had none under way"
_SWAPPED_AT_ONCE = 50


def shards_of(
    analyses: Collection[int] | None,
    *,
    memory_bytes: int | None = None,
    store: str | None = None,
) -> QuerySet[Shard]:
    """Shards of some analyses, or of all.

    Parameters
    ----------
    analyses : collection of int or None
        None for all.
    memory_bytes : int, optional
        Only those whose package asks for no more than this.
    store : str, optional
        A machine's environments; only those whose run does not wait for its own there.
    """
    shards = Shard.objects.all()
    if store is not None:
        builds = Build.objects.filter(run=OuterRef("run"), store=store, state__in=UNFINISHED)
        shards = shards.exclude(Exists(builds))
    if analyses is not None:
        shards = shards.filter(run__version__analysis__in=analyses)
    if memory_bytes is not None:
        shards = shards.filter(run__version__memory_bytes__lte=memory_bytes)
    return shards


def preparations_of(analyses: Collection[int] | None) -> QuerySet[Preparation]:
    """Preparations of some analyses' versions; None for all."""
    if analyses is None:
        return Preparation.objects.all()
    return Preparation.objects.filter(version__analysis__in=analyses)


def claim_preparation(
    owner: str, *, analyses: Collection[int] | None = None
) -> Claim[Preparation] | None:
    """Claim a data set to prepare, unless all workers but one prepare some already.

    Preparing a large package takes minutes, and whoever publishes several must not keep every
    worker from the submissions.
    """
    waiting = preparations_of(analyses).order_by("id")
    if not waiting.filter(state=Work.QUEUED).exists():
        return None
    most = max(1, count_workers().alive - 1)
    others = Preparation.objects.filter(state=Work.LEASED)
    claimed = claim(waiting, owner) if others.count() < most else None
    if claimed is None:
        return None
    # Of those that were claimed at the same moment, the later ones go back.
    if others.filter(pk__lt=claimed.work.pk).count() >= most:
        claimed.give_back()
        return None
    return claimed


def claim_shard(
    owner: str,
    *,
    stay_with: int | None = None,
    analyses: Collection[int] | None = None,
    memory_bytes: int | None = None,
    store: str | None = None,
) -> Claim[Shard] | None:
    """Claim the shard whose turn it is; an account without a worker goes before all others.

    Parameters
    ----------
    owner : str
        The worker's name.
    analyses : collection of int, optional
        The only analyses that the worker works for.
    stay_with : int, optional
        A run whose shards come before all others: the one whose algorithm the worker has imported.
        `WorkerContext.stay_with` limits how long the worker stays, so that nobody waits long.
    memory_bytes : int, optional
        What the worker's machine can give a package, when that is less than packages may ask for.
    store : str, optional
        The machine's environments.
    """
    queue = shards_of(analyses, memory_bytes=memory_bytes, store=store).order_by("turn", "id")
    if not queue.filter(state=Work.QUEUED).exists():
        return None
    for preferred in _preferred(owner, stay_with):
        held = claim(queue.filter(run__in=preferred), owner)
        if held is not None:
            return held
    return claim(queue, owner)


def _preferred(owner: str, stay_with: int | None) -> list[list[int]]:
    """Runs whose shards come before all others: several lists, the first one first."""
    stay = [] if stay_with is None else [[stay_with]]
    served = workers_by_account(besides=owner)
    if not served:
        return stay
    first = runs_without_a_worker(served)
    # Somebody whose only worker this is may keep it for a while.
    return [*stay, first] if stay_with in first else [first, *stay]


def queue_run(submission: Submission, version: AnalysisVersion, number: int) -> Run:
    """Make a run of a submission with its shards; inside a transaction.

    The run waits until `admit_runs` admits it.
    """
    files = list(DataFile.objects.filter(version=version).order_by("ordinal"))
    shards = in_turn(deal(files), files)
    first = _take_turns(submission.created_by_id, len(shards))
    run = Run.objects.create(
        submission=submission,
        version=version,
        number=number,
        turn=first,
        files_per_event=files_per_event(len(files)),
        # On the database's clock, by which quotas are counted.
        created_at=Now(),
    )
    Shard.objects.bulk_create(
        Shard(run=run, ordinal=i, files=ids, turn=first + i, state=Work.HELD)
        for i, ids in enumerate(shards)
    )
    return run


def lock_turn(account_id: UUID) -> Turn:
    """Lock an account's place in the queue: one account's submissions follow each other."""
    Turn.objects.get_or_create(account_id=account_id)
    return locked(Turn.objects).get(account_id=account_id)


def _take_turns(account_id: UUID, count: int) -> int:
    """Take an account's next turns; returns the first."""
    turn = lock_turn(account_id)
    first = max(turn.last, _turn_of_the_queue()) + 1
    turn.last = first + count - 1
    turn.save(update_fields=["last"])
    return first


def _turn_of_the_queue() -> int:
    """The queue's current turn: its lowest one or, when it is empty, the last one taken."""
    waiting = Shard.objects.filter(state=Work.QUEUED).aggregate(turn=Min("turn"))["turn"]
    if waiting is not None:
        return int(waiting) - 1
    return Turn.objects.aggregate(turn=Max("last"))["turn"] or 0


def admit_after_commit(analysis_id: int) -> None:
    """Admit waiting runs as soon as the caller's transaction has ended.

    It locks other people's runs, so the caller must hold no lock by then. A failure here does not
    undo what the caller did; the sweeper admits the runs that are left.
    """
    after_commit(admit_runs, analysis_id)


@again_after_deadlock
def admit_runs(analysis_id: int) -> None:
    """Admit waiting runs of an analysis, as far as its limit and its prepared data allow."""
    with transaction.atomic():
        # The lock makes two admissions follow each other, so that the limit holds.
        analysis = locked(Analysis.objects).get(pk=analysis_id)
        runs = Run.objects.filter(version__analysis=analysis, status__in=ACTIVE)
        building = Build.objects.filter(run=OuterRef("pk"), state__in=UNFINISHED)
        ready = runs.filter(admitted=False, version__preparation__state=Work.DONE)
        waiting = ready.exclude(Exists(building)).order_by("turn", "id")
        room = granted_at_once(analysis) - runs.filter(admitted=True).count()
        if room <= 0:
            chosen = _swapped(runs.filter(admitted=True), waiting)
        else:
            chosen = list(waiting[:room])
        _admit(analysis_id, chosen)


def _swapped(admitted: QuerySet[Run], waiting: QuerySet[Run]) -> list[Run]:
    """Have accounts with several runs give one place each to an account that has none.

    Without this, as many long runs of one account as an analysis evaluates at once would keep all
    others out. Every account keeps a run of its own, the one that has come furthest.
    """
    holders = Counter(admitted.order_by().values_list("submission__created_by", flat=True))
    chosen = []
    for run in waiting.exclude(submission__created_by__in=list(holders)).select_related(
        "submission"
    )[:_SWAPPED_AT_ONCE]:
        account, places = holders.most_common(1)[0]
        if places < 2 or run.submission.created_by_id in holders:
            continue
        last = admitted.filter(submission__created_by=account).order_by("-turn", "-id").first()
        if last is not None and _is_put_back(last):
            holders[account] -= 1
            holders[run.submission.created_by_id] = 1
            chosen.append(run)
    return chosen


def _is_put_back(run: Run) -> bool:
    """Take a run's place back; its workers notice within seconds, and lose their files at hand."""
    if not Run.objects.filter(pk=run.pk, admitted=True).update(admitted=False):
        return False
    Shard.objects.filter(run=run, state__in=UNFINISHED).update(
        state=Work.HELD, owner="", lease_until=None
    )
    record_event(run.submission_id, "put_back", run=run.number, reason=PUT_BACK)
    return True


def _admit(analysis_id: int, runs: Sequence[Run]) -> None:
    for run in runs:
        if Run.objects.filter(pk=run.pk, admitted=False).update(admitted=True):
            shards = Shard.objects.filter(run=run).order_by("turn")
            shards.filter(state=Work.HELD).update(**queued_now())
            notify_workers(analysis_id, shards.values_list("pk", flat=True))
            record_event(run.submission_id, "queued", run=run.number)


@again_after_deadlock
def mark_started(run: Run, now: object) -> None:
    """Record that a worker has begun a run; only the first call changes the states."""
    waiting = Run.objects.filter(pk=run.pk, status=Status.SUBMITTED)
    with transaction.atomic():
        if waiting.update(status=Status.RUNNING, started_at=now):
            Submission.objects.filter(pk=run.submission_id, status=Status.SUBMITTED).update(
                status=Status.RUNNING
            )
            record_event(run.submission_id, "started", run=run.number)
            log.info("run_started run=%s submission=%s", run.pk, run.submission_id)
