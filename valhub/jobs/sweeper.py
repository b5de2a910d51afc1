"""Repairs what a crash left behind: nothing stays unfinished for ever.

Everything here is a conditional update or goes through a service that is one, so any number of
sweepers may run, and one may be killed at any line.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import close_old_connections, transaction
from django.db.models import Exists, OuterRef

from valhub.accounts.services.idempotency import delete_old_keys
from valhub.accounts.services.known_sources import delete_old_sources
from valhub.accounts.services.mails import delete_old_mails, send_due_mails
from valhub.accounts.services.registration_limit import delete_old_registration_attempts
from valhub.accounts.services.retention import (
    delete_expired_invitations,
    delete_expired_sessions,
    delete_old_audit_entries,
    delete_unconfirmed_accounts,
)
from valhub.accounts.services.sign_in_limits import delete_old_failed_sign_ins
from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.analyses.services.abandoned_uploads import sweep_uploads
from valhub.analyses.services.rejected_uploads import delete_old_rejections
from valhub.cloud.row_locks import locked
from valhub.jobs.clock import ago
from valhub.jobs.models import (
    ACTIVE,
    Preparation,
    Run,
    Shard,
    Status,
    Submission,
    Work,
    Worker,
)
from valhub.jobs.services.archive_sizes import measure_archives
from valhub.jobs.services.builds import (
    delete_old_builds,
    forget_builds_of_silent_machines,
    release_expired_builds,
)
from valhub.jobs.services.deleted_authors import clear_display_names
from valhub.jobs.services.disks import delete_old_spaces, record_disks
from valhub.jobs.services.events import record_event
from valhub.jobs.services.finishing import finish_if_done, give_up_shard
from valhub.jobs.services.heartbeats import (
    SWEEPER,
    delete_old_heartbeats,
    forget_heartbeat,
    record_heartbeat,
)
from valhub.jobs.services.launching import delete_old_launches
from valhub.jobs.services.leasing import count_death, expired
from valhub.jobs.services.log_removal import remove_old_logs
from valhub.jobs.services.missing_losses import keep_missing_losses
from valhub.jobs.services.new_submissions import complete_submission
from valhub.jobs.services.preparations import (
    end_waiting_runs,
    fail_preparation,
    request_preparation,
)
from valhub.jobs.services.queueing import admit_runs
from valhub.jobs.services.wake_ups import make_queues_again, wake_again
from valhub.jobs.used_space import measure_space

log = logging.getLogger(__name__)

# An upload is stored within seconds of its row, unless the process died between the two.
_STORED_WITHIN = timedelta(minutes=5)
_WORKERS_LISTED = timedelta(days=1)
_TIDY_EVERY_S = 60.0


def run_sweeper(stop: threading.Event) -> None:
    """Sweep until `stop` is set."""
    tidied = float("-inf")
    while not stop.wait(settings.SWEEP_MS / 1000):
        _try_each((*SWEEPING, _record_heartbeat))
        if time.monotonic() - tidied > _TIDY_EVERY_S:
            _try_each(TIDYING)
            tidied = time.monotonic()
        close_old_connections()
    _try_each((_forget_heartbeat,))


def _try_each(steps: Iterable[Callable[[], object]]) -> None:
    """Do all steps: a failure of one does not stop the others."""
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("sweep_failed step=%s", step.__name__)


def _record_heartbeat() -> None:
    record_heartbeat(SWEEPER)


def _forget_heartbeat() -> None:
    forget_heartbeat(SWEEPER)


def sweep_once() -> None:
    """Do once everything that somebody may be waiting for."""
    for step in SWEEPING:
        step()


def tidy_once() -> None:
    """Remove what is no longer needed; nobody waits for that."""
    for step in TIDYING:
        step()


def release_expired_shards() -> None:
    """Requeue shards whose worker is gone; give up those that keep killing workers."""
    for shard in expired(Shard):
        log.warning("lease_expired shard=%s owner=%s", shard.pk, shard.owner)
        count_death(shard)


def fail_given_up_runs() -> None:
    """End runs with a shard that was given up and lacks results."""
    reason = f"The evaluation ended {_workers()} and was given up."
    for shard in Shard.objects.filter(state=Work.FAILED, run__finished_at=None):
        give_up_shard(shard, reason)


def release_expired_preparations() -> None:
    """Requeue preparations whose worker is gone; give up those that keep killing workers."""
    for preparation in expired(Preparation):
        assert isinstance(preparation, Preparation)  # noqa: S101 - for the type checker
        log.warning("lease_expired preparation=%s", preparation.pk)
        if not count_death(preparation):
            reason = f"Preparing the data ended {_workers()} and was given up."
            fail_preparation(preparation, reason)


def _workers() -> str:
    """How many workers died before their work was given up, in words."""
    return "1 worker" if settings.MAX_DEATHS == 1 else f"{settings.MAX_DEATHS} workers"


def finish_interrupted_runs() -> None:
    """Finish runs whose last worker died between its last shard and the end."""
    undone = Shard.objects.filter(run=OuterRef("pk")).exclude(state=Work.DONE)
    running = Run.objects.filter(status=Status.RUNNING)
    for pk in running.filter(~Exists(undone)).values_list("pk", flat=True):
        with transaction.atomic():
            finish_if_done(locked(Run.objects).get(pk=pk))


def settle_uploads() -> None:
    """Complete submissions whose archive is stored; end those whose archive never came."""
    uploading = Submission.objects.filter(status=Status.SUBMITTING)
    old = uploading.filter(submitted_at__lt=ago(_STORED_WITHIN))
    for submission in old:
        if default_storage.exists(submission.algorithm):
            complete_submission(submission)
            continue
        _end_upload(submission)


def _end_upload(submission: Submission) -> None:
    reason = "The upload was interrupted before it was stored. Submit the algorithm again."
    with transaction.atomic():
        waiting = Submission.objects.filter(pk=submission.pk, status=Status.SUBMITTING)
        if waiting.update(status=Status.FAILED, our_fault=True, reason=reason, archive_bytes=0):
            record_event(submission.pk, "failed", reason=reason)


def request_missing_preparations() -> None:
    """Request the preparation of versions that were stored just before a crash."""
    for version in AnalysisVersion.objects.filter(preparation=None, current_of__isnull=False):
        request_preparation(version)


def end_runs_without_data() -> None:
    """End runs that were queued just as the preparation of their data was given up."""
    unfinished = Run.objects.filter(finished_at=None).values("version")
    for preparation in Preparation.objects.filter(state=Work.FAILED, version__in=unfinished):
        end_waiting_runs(preparation)


def admit_waiting_runs() -> None:
    """Admit runs that wait although there is room."""
    waiting = Run.objects.filter(admitted=False, status__in=ACTIVE)
    for pk in (
        Analysis.objects.filter(versions__runs__in=waiting).distinct().values_list("pk", flat=True)
    ):
        admit_runs(pk)


def delete_silent_workers() -> None:
    """Delete workers that have sent no heartbeat for a day."""
    Worker.objects.filter(heartbeat_at__lt=ago(_WORKERS_LISTED)).delete()


# In this order, because one step can leave work for a later one.
SWEEPING: tuple[Callable[[], object], ...] = (
    release_expired_shards,
    release_expired_preparations,
    release_expired_builds,
    forget_builds_of_silent_machines,
    fail_given_up_runs,
    finish_interrupted_runs,
    settle_uploads,
    request_missing_preparations,
    end_runs_without_data,
    admit_waiting_runs,
    wake_again,
    send_due_mails,
)
TIDYING: tuple[Callable[[], object], ...] = (
    delete_old_rejections,
    make_queues_again,
    delete_silent_workers,
    delete_old_launches,
    delete_old_failed_sign_ins,
    delete_old_sources,
    delete_old_keys,
    delete_old_registration_attempts,
    delete_expired_sessions,
    delete_expired_invitations,
    delete_unconfirmed_accounts,
    delete_old_mails,
    delete_old_audit_entries,
    clear_display_names,
    sweep_uploads,
    remove_old_logs,
    keep_missing_losses,
    delete_old_heartbeats,
    delete_old_builds,
    record_disks,
    measure_space,
    measure_archives,
    delete_old_spaces,
)
