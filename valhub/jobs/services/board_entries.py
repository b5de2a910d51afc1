"""Placing a finished run on its board, and removing one."""

from collections.abc import Iterator, Mapping

from valhub.analyses.board_columns import final_name
from valhub.analyses.services.columns import learn_columns
from valhub.evaluation.results import Aggregate, PartSummary
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.jobs.models import Run, Status, Submission
from valhub.jobs.selectors.stored_aggregates import aggregates_of, final_of
from valhub.jobs.services.run_summary import RunSummary
from valhub.leaderboards.services.board_locks import lock_board, make_board
from valhub.leaderboards.services.entries import (
    ScoredValue,
    Values,
    place_run,
    remove_run,
    rename_entry,
)
from valhub.leaderboards.services.run_losses import count_results, keep_losses


def prepare_board(run: Run, summed: RunSummary) -> None:
    """Make a board ready for a run's scores, before the run's row is changed."""
    learn_columns(run.version, list(summed.aggregates))
    make_board(run.version)


def enter_on_board(run: Run, summed: RunSummary) -> int:
    """Place a run's scores on its ready board; inside the transaction that finishes it.

    A run that is not released takes no place, but counts as one of its account's runs.

    Returns
    -------
    int
        Of how many results its account's place is the best one.
    """
    values = board_values(summed.aggregates)
    placed = summed.released and _put(run, summed.coverage, values, summed.final)
    return keep_losses_of(run, summed.losses, summed.final_losses, placed=placed)


def keep_losses_of(
    run: Run, losses: PackedLosses, final: PackedLosses | None = None, *, placed: bool = False
) -> int:
    """Keep what a run lost, inside a transaction, and count the results of its account."""
    return keep_losses(
        version=run.version,
        account=run.submission.created_by,
        run_id=run.pk,
        losses=losses,
        final=final,
        placed=placed,
    )


def remove_from_board(run: Run) -> None:
    """Remove a run from its board, inside a transaction; its account's next best replaces it.

    Not once the final part is revealed: then the next best would be chosen by known final scores.
    """
    # The board stays locked from here on, so that nothing is placed between the two.
    remove_run(version=run.version, run_id=run.pk)
    if run.version.revealed_at is not None:
        return
    for other in _other_runs(run):
        restore_to_board(other)


def restore_to_board(run: Run) -> None:
    """Place an earlier finished run again, inside a transaction.

    Its intervals are those of a single run. The best of many has wider ones, which only workers
    can compute, and none until its account's next run has finished.
    """
    values = board_values(aggregates_of(run))
    if count_results(lock_board(run.version), run.submission.created_by_id) > 1:
        values = {name: one._replace(low=None, high=None) for name, one in values.items()}
    _put(run, run.coverage or 0.0, values, final_of(run))


def rename_on_board(run: Run, display_name: str) -> None:
    """Show a run under another name, if it stands on its board; inside a transaction."""
    rename_entry(version=run.version, run_id=run.pk, display_name=display_name)


def board_values(aggregates: Mapping[str, Aggregate]) -> Values:
    """Give aggregates as boards take them."""
    return {
        name: ScoredValue(one.value, one.low, one.high, one.systems, one.sites)
        for name, one in aggregates.items()
    }


def _put(run: Run, coverage: float, values: Values, final: PartSummary | None) -> bool:
    submission = run.submission
    over_final = board_values(final.aggregates) if final else {}
    return place_run(
        version=run.version,
        account=submission.created_by,
        submission_id=submission.pk,
        run_id=run.pk,
        # As it is now: its author may have renamed it since the run began to end.
        display_name=Submission.objects.values_list("display_name", flat=True).get(
            pk=submission.pk
        ),
        is_baseline=submission.is_baseline,
        coverage=coverage,
        values={**values, **{final_name(name): one for name, one in over_final.items()}},
        submitted_at=submission.submitted_at,
        final_coverage=final.coverage if final else None,
    )


def _other_runs(run: Run) -> Iterator[Run]:
    others = Run.objects.filter(
        version=run.version,
        status=Status.FINISHED,
        released=True,
        submission__created_by=run.submission.created_by_id,
        submission__archived=False,
    )
    return others.exclude(pk=run.pk).select_related("submission", "version").iterator()
