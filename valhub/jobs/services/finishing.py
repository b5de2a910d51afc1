"""How runs end: finished with scores, failed with a reason, cancelled.

Every end is one transaction, entered by locking the run's row: of two workers with two last shards,
one sees the other's. Placing the scores on the board is part of it; letting the next run in is not,
because that locks other runs.
"""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from valhub.analyses.models import DataFile
from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.models import ENDED, FileResult, Run, Shard, Status, Submission, Work
from valhub.jobs.services.board_entries import enter_on_board, prepare_board
from valhub.jobs.services.events import record_event
from valhub.jobs.services.leasing import Claim
from valhub.jobs.services.queueing import admit_after_commit
from valhub.jobs.services.run_summary import RunSummary, finished_run, summarise_run, summary_of
from valhub.jobs.services.tallies import count_run_end


@again_after_deadlock
def finish_shard(claim: Claim[Shard]) -> None:
    """End a shard, and its run when it was the last one; raises `LostLease`."""
    with transaction.atomic():
        run = locked(Run.objects).get(pk=claim.work.run_id)
        claim.end()
        finish_if_done(run)


def finish_if_done(run: Run) -> bool:
    """Finish a run all of whose files have a result; the caller holds the run's row.

    Shards do not matter here: of two that have the same file, the slower one may still be at it.
    """
    files = DataFile.objects.filter(version=run.version_id)
    with_result = FileResult.objects.filter(run=run, file=OuterRef("pk"))
    if run.status in ENDED or files.filter(~Exists(with_result)).exists():
        return False
    summed = summarise_run(run)
    scored = bool(summed.coverage)
    if scored:
        prepare_board(run, summed)
    _end_run(
        run,
        Status.FINISHED if scored else Status.FAILED,
        reason=summed.message,
        our_fault=not scored and summed.verdict in ("internal_error", "organiser_error"),
        summed=summed,
    )
    if scored:
        enter_on_board(run, summed)
    return True


@again_after_deadlock
def fail_run(run: Run, reason: str, *, our_fault: bool) -> None:
    """End a run that cannot go on."""
    with transaction.atomic():
        current = locked(Run.objects).get(pk=run.pk)
        if current.status not in ENDED:
            _end_run(current, Status.FAILED, reason=reason, our_fault=our_fault)


@again_after_deadlock
def give_up_shard(shard: Shard, reason: str) -> None:
    """End the run of a shard that keeps ending its workers, unless nothing of the shard is left.

    A worker may die at a file that another one, which began it once more, has finished by then. No
    result is missing in that case, so the shard is done.
    """
    with transaction.atomic():
        run = locked(Run.objects).get(pk=shard.run_id)
        if run.status in ENDED:
            return
        done = FileResult.objects.filter(run=run, file__in=shard.files)
        if set(shard.files) <= set(done.values_list("file_id", flat=True)):
            Shard.objects.filter(pk=shard.pk, state=Work.FAILED).update(state=Work.DONE)
            finish_if_done(run)
        else:
            _end_run(run, Status.FAILED, reason=reason, our_fault=True)


@again_after_deadlock
def cancel_run(run: Run) -> bool:
    """End a run because its author wants it; False when it had ended before."""
    with transaction.atomic():
        current = locked(Run.objects).get(pk=run.pk)
        if current.status in ENDED:
            return False
        _end_run(current, Status.CANCELLED, reason="Cancelled by its author.", our_fault=False)
    return True


def _end_run(
    run: Run, status: Status, *, reason: str, our_fault: bool, summed: RunSummary | None = None
) -> None:
    """Write the end of a run whose row is locked, and let the next one in."""
    documents = summed.documents() if summed else {}
    Run.objects.filter(pk=run.pk).update(
        status=status, reason=reason, finished_at=Now(), **documents
    )
    Shard.objects.filter(run=run).exclude(state=Work.DONE).update(
        state=Work.CANCELLED, owner="", lease_until=None
    )
    Submission.objects.filter(pk=run.submission_id).exclude(status__in=ENDED).update(
        **_end_of_submission(run, status, reason=reason, our_fault=our_fault, summed=summed)
    )
    record_event(run.submission_id, str(status), run=run.number, reason=reason)
    count_run_end(run)
    admit_after_commit(run.version.analysis_id)


def _end_of_submission(
    run: Run, status: Status, *, reason: str, our_fault: bool, summed: RunSummary | None
) -> dict[str, Any]:
    """What a submission becomes: a run without scores takes nothing away from an earlier one."""
    earlier = None if status == Status.FINISHED else finished_run(run.submission_id)
    if earlier is not None:
        reason = (
            f"The result is that of run {earlier.number}; run {run.number} ended as {status}. "
            f"{reason}"
        )
        status, our_fault, summed = Status.FINISHED, False, summary_of(earlier)
    return {
        "status": status,
        "reason": reason,
        "our_fault": our_fault,
        "result": summed.public_result() if summed else None,
        "private_result": summed.private_result if summed else None,
    }
