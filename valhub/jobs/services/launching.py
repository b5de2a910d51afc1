"""The instances of analyses: launched once for each row, found again, and released.

A row is written first, then the instance is requested with the row's token as its tag, then its id
is stored. A sweeper that finds a row without an id, which another one has tried, looks for the tag
before it requests one. All of it is conditional updates, so any number of sweepers may run.
"""

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Now

from valhub.cloud.launchers import Instance, InstanceState, Launcher, LauncherError, LaunchRefused
from valhub.jobs.clock import ago
from valhub.jobs.models import Launch, Worker

log = logging.getLogger(__name__)

# Longer than a launcher takes to answer or to give up: until then no other sweeper tries.
_TRIED_WITHIN = timedelta(minutes=3)
# A fresh instance may not be listed at once.
_LISTED_WITHIN = timedelta(seconds=30)
# By then one of its workers has sent a heartbeat, or none ever will.
_HEARTBEAT_WITHIN = timedelta(minutes=15)
_FIRST_PAUSE_S = 15.0
_LONGEST_PAUSE_S = 600.0


def live_launches() -> QuerySet[Launch]:
    """Launches that have not ended, whether there is an instance yet or not."""
    return Launch.objects.filter(ended_at=None)


def ask_for_instances(analysis_id: int, *, wanted: int, most: int) -> None:
    """Make sure an analysis has at least `wanted` launches, in slots below `most`."""
    taken = set(live_launches().filter(analysis=analysis_id).values_list("slot", flat=True))
    free = [slot for slot in range(most) if slot not in taken]
    fresh = [
        Launch(analysis_id=analysis_id, slot=slot, asked_at=Now(), try_after=Now())
        for slot in free[: max(0, wanted - len(taken))]
    ]
    # Sweepers that ask at the same moment ask for the same slots; one row of each is stored.
    Launch.objects.bulk_create(fresh, ignore_conflicts=True)


def forgo_launches(wanted_by: Iterable[int]) -> None:
    """Drop launches that are no longer wanted and that no sweeper is trying."""
    unwanted = live_launches().filter(instance_id="", try_after__lte=Now())
    _close(unwanted.exclude(analysis__in=list(wanted_by)))


def launch_instances(launcher: Launcher) -> None:
    """Launch what was requested; after a refusal all wait, a little longer each time."""
    due = live_launches().filter(instance_id="")
    if due.exclude(trouble="").filter(try_after__gt=Now()).exists():
        return
    for launch in due.filter(try_after__lte=Now()).order_by("id"):
        try:
            if _take(launch):
                _launch(launch, launcher)
        except LauncherError as error:
            _put_off(launch, error)
            return


def _take(launch: Launch) -> bool:
    """Reserve the next try; False when another sweeper has it."""
    as_read = live_launches().filter(
        pk=launch.pk, tries=launch.tries, instance_id="", try_after__lte=Now()
    )
    tried_until = Now() + Value(_TRIED_WITHIN)
    return bool(as_read.update(tries=F("tries") + 1, try_after=tried_until))


def _launch(launch: Launch, launcher: Launcher) -> None:
    found = _found(launch, launcher) if launch.tries else None
    instance_id = found or launcher.launch(launch.analysis_id, str(launch.token))
    log.info(
        "instance_launched analysis=%s slot=%s instance=%s found=%s",
        launch.analysis_id, launch.slot, instance_id, found is not None,
    )  # fmt: skip
    Launch.objects.filter(pk=launch.pk, instance_id="").update(
        instance_id=instance_id, launched_at=Now(), trouble=""
    )


def _found(launch: Launch, launcher: Launcher) -> str | None:
    """Look for the instance of an earlier try, whose answer was lost."""
    for instance in launcher.instances(launch.analysis_id):
        if instance.token == str(launch.token) and instance.state is not InstanceState.ENDING:
            return instance.id
    return None


def _put_off(launch: Launch, error: LauncherError) -> None:
    pause_s = min(_FIRST_PAUSE_S * 2 ** min(launch.tries, 10), _LONGEST_PAUSE_S)
    log.warning(
        "launch_failed analysis=%s code=%s pause_s=%g reason=%s",
        launch.analysis_id, error.code, pause_s, error,
    )  # fmt: skip
    changed = {"trouble": str(error), "try_after": Now() + Value(timedelta(seconds=pause_s))}
    if isinstance(error, LaunchRefused):
        # Nothing was launched, and a second request with an old token may get the old answer.
        changed["token"] = uuid.uuid4()
    rows = Launch.objects.filter(pk=launch.pk, tries=launch.tries + 1, instance_id="")
    rows.update(**changed)


def settle_launches(launcher: Launcher) -> None:
    """Compare rows and instances: end unknown instances, close the rows of those that have left.

    Raises
    ------
    LauncherError
        When the instances cannot be listed; then nothing is changed.
    """
    instances = launcher.instances()
    # Read after the instances, because a row exists before its instance.
    rows = {str(row.token): row for row in live_launches()}
    for instance in instances:
        if not _is_known(instance, rows) or instance.state is InstanceState.ENDING:
            log.warning("instance_ended instance=%s reason=orphan", instance.id)
            launcher.end(instance.id)
    running = {one.id for one in instances if one.state is not InstanceState.ENDING}
    launched = live_launches().exclude(instance_id="")
    _close(launched.filter(launched_at__lt=ago(_LISTED_WITHIN)).exclude(instance_id__in=running))
    _end_silent(launcher, launched.filter(launched_at__lt=ago(_HEARTBEAT_WITHIN)))


def _is_known(instance: Instance, rows: Mapping[str, Launch]) -> bool:
    row = rows.get(instance.token)
    return row is not None and row.instance_id in ("", instance.id)


def _end_silent(launcher: Launcher, launches: QuerySet[Launch]) -> None:
    """End instances that run without a worker, such as those with a broken image."""
    fresh = ago(timedelta(seconds=settings.LEASE_S))
    names = list(Worker.objects.filter(heartbeat_at__gte=fresh).values_list("name", flat=True))
    for launch in launches:
        if not any(_is_of(name, launch.instance_id) for name in names):
            log.warning("instance_ended instance=%s reason=silent", launch.instance_id)
            launcher.end(launch.instance_id)
            _close(
                Launch.objects.filter(pk=launch.pk),
                "The instance was ended because none of its workers sent a heartbeat. "
                "Its system log says why.",
            )


def _is_of(worker: str, instance_id: str) -> bool:
    """Whether a worker runs on an instance: one name is the beginning of the other."""
    return f"{worker}-".startswith(f"{instance_id}-") or f"{instance_id}-".startswith(f"{worker}-")


def _close(launches: QuerySet[Launch], trouble: str | None = None) -> None:
    changed = {} if trouble is None else {"trouble": trouble}
    launches.filter(ended_at=None).update(slot=None, ended_at=Now(), **changed)


def delete_old_launches() -> None:
    """Delete launches that ended more than a week ago."""
    Launch.objects.filter(ended_at__lt=ago(timedelta(days=7))).delete()
