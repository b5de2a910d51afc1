"""How runs finish: their results are summed up by the engine, which workers load.

Finishing is one transaction, entered by locking the run's row: of two workers with two last shards,
one sees the other's. Placing the scores on the board is part of it. `run_ends` has how a run ends
without scores.
"""

from django.db import transaction
from django.db.models import Exists, OuterRef

from valhub.analyses.models import DataFile
from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.jobs.models import ENDED, FileResult, Run, Shard, Status, Work
from valhub.jobs.services.best_runs import widen_for_choice
from valhub.jobs.services.board_entries import enter_on_board, prepare_board
from valhub.jobs.services.engine_summary import summarise_run
from valhub.jobs.services.leasing import Claim
from valhub.jobs.services.releases import with_release
from valhub.jobs.services.run_ends import end_run


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
    summed = with_release(run, summed)
    end_run(
        run,
        Status.FINISHED if scored else Status.FAILED,
        reason=summed.message,
        our_fault=not scored and summed.verdict in ("internal_error", "organiser_error"),
        summed=summed,
    )
    if scored:
        widen_for_choice(run, tries=enter_on_board(run, summed))
    return True


@again_after_deadlock
def give_up_shard(shard: Shard, reason: str) -> None:
    """End the run of a shard that keeps ending workers, unless nothing of the shard is left.

    A worker may die on a file that another worker, which began it again, has finished by then. No
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
            end_run(run, Status.FAILED, reason=reason, our_fault=True)
