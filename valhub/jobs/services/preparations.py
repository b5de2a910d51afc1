"""Requesting what a new version needs before anything can run on it."""

import logging

from django.db import OperationalError, transaction

from valhub.analyses.models import Analysis, AnalysisVersion
from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import Conflict
from valhub.jobs.models import Preparation, Run, Work
from valhub.jobs.services.leasing import Claim, queued_now
from valhub.jobs.services.queueing import admit_runs
from valhub.jobs.services.run_ends import MOST_REASON_CHARACTERS, fail_run
from valhub.jobs.services.wake_ups import make_queue, notify_workers_of
from valhub.texts import cut

log = logging.getLogger(__name__)


def request_preparation(version: AnalysisVersion) -> None:
    """Queue the preparation of a version's data; once, however often it is requested.

    By now the version is stored, and its sender gets that answer; if the database fails just now,
    the sweeper does it later.
    """
    try:
        preparation, is_new = Preparation.objects.get_or_create(version=version)
        if is_new:
            make_queue(version.analysis_id)
            notify_workers_of(preparation)
    except OperationalError:
        log.warning("version_left_to_the_sweeper version=%s", version.pk, exc_info=True)


def retry_preparation(analysis: Analysis) -> None:
    """Queue the failed preparation of an analysis' current version once more.

    Raises
    ------
    Conflict
        When it has not failed.
    """
    failed = Preparation.objects.filter(
        version=analysis.current_version_id, state=Work.FAILED
    ).first()
    if failed is None or not _is_queued_again(failed):
        raise Conflict(
            "The data of the current version has not failed to be prepared, so there is nothing to "
            "repeat.",
            code="nothing-to-prepare",
        )
    notify_workers_of(failed)


def _is_queued_again(failed: Preparation) -> bool:
    """Queue a failed preparation; False when another request was faster."""
    as_read = Preparation.objects.filter(pk=failed.pk, attempt=failed.attempt, state=Work.FAILED)
    return bool(as_read.update(deaths=0, reason="", **queued_now()))


@again_after_deadlock
def finish_preparation(claim: Claim[Preparation]) -> None:
    """Record that the data is prepared, and admit waiting runs; raises `LostLease`."""
    with transaction.atomic():
        claim.end()
        admit_runs(claim.work.version.analysis_id)


@again_after_deadlock
def fail_preparation(preparation: Preparation, reason: str) -> None:
    """Record that the data cannot be prepared, and end the runs that wait for it."""
    with transaction.atomic():
        undone = Preparation.objects.filter(pk=preparation.pk).exclude(state=Work.DONE)
        reason = cut(reason, MOST_REASON_CHARACTERS)
        if undone.update(state=Work.FAILED, reason=reason, owner="", lease_until=None):
            end_waiting_runs(preparation)


def end_waiting_runs(preparation: Preparation) -> None:
    """End runs that wait for data that will never be available.

    The reason is for others to read: faults quote cells of the data and of the truth.
    """
    sentence = (
        "The analysis' data could not be prepared. Its organiser and the hub's staff can read why, "
        "and fix it."
    )
    for run in Run.objects.filter(version=preparation.version_id, finished_at=None):
        fail_run(run, sentence, our_fault=True)
