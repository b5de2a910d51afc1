"""Environments that have to be made before a run can go on: waiting for them, and making them.

A run that lacks its environment on a machine holds no worker there: its shard goes back to the
queue, and the machine's builders make the environment. A run that has not begun anywhere gives up
its place among those that are evaluated at once as well, until it can go on.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Now

from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.clock import ago
from valhub.jobs.models import ENDED, UNFINISHED, Build, Run, Shard, Status, Work
from valhub.jobs.services.events import record_event
from valhub.jobs.services.leasing import Claim, LostLease, count_death, expired, queued_now
from valhub.jobs.services.queueing import admit_after_commit
from valhub.jobs.services.run_ends import end_run, fail_run
from valhub.jobs.services.wake_ups import notify_workers

log = logging.getLogger(__name__)

# A machine whose builders are silent for so long has none: its runs go elsewhere.
SILENT_AFTER = timedelta(minutes=2)
# Between two tries with an index that cannot be reached.
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
# Three days outlast a weekend's outage; what an index alone refuses would else wait for ever.
GIVEN_UP_AFTER = timedelta(days=3)
_LEAST_TRIES = 10
_KEPT = timedelta(days=2)


@again_after_deadlock
def wait_for_build(claim: Claim[Shard], *, store: str, environment: str) -> None:
    """Return a shard to the queue, and have the environment that it lacks made.

    Parameters
    ----------
    store, environment : str
        The machine's store, and what is missing in it.
    """
    with transaction.atomic():
        run = locked(Run.objects).get(pk=claim.work.run_id)
        if run.status in ENDED or not claim.held().exists():
            return
        claim.held().update(**queued_now())
        _make_room(run)
        wanted = {"environment": environment, "trouble": "", "seen_at": Now(), "try_after": Now()}
        build, is_new = Build.objects.get_or_create(run=run, store=store, defaults=wanted)
        if not is_new:
            _want_again(build, run, wanted)
        record_event(run.submission_id, "environment_waiting", run=run.number)
        admit_after_commit(run.version.analysis_id)


def _want_again(build: Build, run: Run, wanted: Mapping[str, object]) -> None:
    """Queue a build that had ended, unless it was queued meanwhile."""
    queued = queued_now()
    if build.state == Work.CANCELLED and run.status == Status.SUBMITTED:
        # Its machine's builders were silent, and nobody else had it: it has waited all the time.
        del queued["queued_at"]
    ended = Build.objects.filter(pk=build.pk).exclude(state__in=UNFINISHED)
    ended.update(**wanted, **queued)


def _make_room(run: Run) -> None:
    """Take back the admission of a run that no worker has begun, so that others have its place."""
    shards = Shard.objects.filter(run=run)
    if run.status == Status.SUBMITTED and not shards.filter(state=Work.LEASED).exists():
        Run.objects.filter(pk=run.pk).update(admitted=False)
        shards.filter(state=Work.QUEUED).update(state=Work.HELD)


@again_after_deadlock
def begin_build(claim: Claim[Build]) -> None:
    """Record that a builder has begun; raises `LostLease`."""
    with transaction.atomic():
        run = locked(Run.objects).get(pk=claim.work.run_id)
        if not claim.held().update(trouble=""):
            raise LostLease
        record_event(run.submission_id, "environment_building", run=run.number)


@again_after_deadlock
def finish_build(claim: Claim[Build]) -> None:
    """Record that an environment is ready, so that its run goes on; raises `LostLease`."""
    with transaction.atomic():
        run = locked(Run.objects).get(pk=claim.work.run_id)
        claim.end()
        record_event(run.submission_id, "environment_ready", run=run.number)
        _go_on(run)


@again_after_deadlock
def fail_build(claim: Claim[Build], reason: str, *, our_fault: bool) -> None:
    """End a run whose environment cannot be made; raises `LostLease`."""
    with transaction.atomic():
        run = locked(Run.objects).get(pk=claim.work.run_id)
        if not claim.held().exists():
            raise LostLease
        # Whatever ends a run cancels its builds, after its shards; this one has failed.
        end_run(run, Status.FAILED, reason=reason, our_fault=our_fault)
        Build.objects.filter(pk=claim.work.pk).update(state=Work.FAILED)


def postpone_build(claim: Claim[Build], trouble: str) -> None:
    """Return a build to the queue for a while, as this machine cannot make it now.

    One that has waited for days is given up, so that nothing waits for ever.
    """
    tries = claim.work.tries + 1
    if tries >= _LEAST_TRIES and claim.held().filter(queued_at__lt=ago(GIVEN_UP_AFTER)).exists():
        days = GIVEN_UP_AFTER.days
        fail_build(claim, f"{trouble} After {days} days it was given up.", our_fault=True)
        return
    pause = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    # How long it waits for is counted from when it was wanted first.
    claim.held().update(
        state=Work.QUEUED,
        owner="",
        lease_until=None,
        trouble=trouble,
        tries=tries,
        try_after=Now() + Value(pause),
    )


def put_off_builds(store: str, trouble: str) -> None:
    """Say of what waits on a machine why none of it is begun; nobody tries it for a moment."""
    due = Build.objects.filter(store=store, state=Work.QUEUED, try_after__lte=Now())
    due.update(trouble=trouble, try_after=Now() + Value(FIRST_PAUSE))


def has_begun(run: Run) -> bool:
    """Whether workers have begun a run: then its environment was made at least once."""
    return Run.objects.filter(pk=run.pk, status=Status.RUNNING).exists()


def charge_build(build: Build, seconds: float) -> None:
    """Count time that a builder spent, whatever has become of the build meanwhile."""
    Build.objects.filter(pk=build.pk).update(seconds=F("seconds") + seconds)


def show_builder(store: str) -> None:
    """Record that a machine's builders are alive, for all that they are to make or are making."""
    Build.objects.filter(store=store, state__in=UNFINISHED).update(seen_at=Now())


def release_expired_builds() -> None:
    """Requeue builds whose builder is gone; give up those that keep killing builders."""
    for build in expired(Build):
        assert isinstance(build, Build)  # noqa: S101 - for the type checker
        log.warning("lease_expired build=%s owner=%s", build.pk, build.owner)
        charge_build(build, _held_s(build))
        count_failed_try(build, "Making the environment ended every builder that tried.")


def count_failed_try(build: Build, reason: str) -> None:
    """Count a try that failed through no fault of the author; end the run at one too many."""
    if not count_death(build):
        fail_run(build.run, f"{reason} It was given up.", our_fault=True)


def _held_s(build: Build) -> float:
    """For how long a builder held a build at most: its lease, not the outage after it."""
    if build.progressed_at is None or build.lease_until is None:
        return 0.0
    return max(0.0, (build.lease_until - build.progressed_at).total_seconds())


def forget_builds_of_silent_machines() -> None:
    """Let runs go on elsewhere when the machine that was to make their environment is gone."""
    silent = Build.objects.filter(state=Work.QUEUED, seen_at__lt=ago(SILENT_AFTER))
    for build in silent.select_related("run__version"):
        log.warning("builder_silent build=%s store=%s", build.pk, build.store)
        _forget(build)


@again_after_deadlock
def _forget(build: Build) -> None:
    with transaction.atomic():
        run = locked(Run.objects).get(pk=build.run_id)
        as_read = Build.objects.filter(pk=build.pk, state=Work.QUEUED, seen_at=build.seen_at)
        if as_read.update(state=Work.CANCELLED):
            _go_on(run)


def delete_old_builds() -> None:
    """Delete builds that count against no budget any more, and whose run does not wait for them."""
    old = Build.objects.exclude(state__in=UNFINISHED).filter(queued_at__lt=ago(_KEPT))
    old.exclude(progressed_at__gte=ago(_KEPT)).delete()


def _go_on(run: Run) -> None:
    """Have a run admitted again, or its workers notified; the caller holds its row."""
    admit_after_commit(run.version.analysis_id)
    queued = Shard.objects.filter(run=run, state=Work.QUEUED).order_by("turn")
    notify_workers(run.version.analysis_id, queued.values_list("pk", flat=True))
