"""Placing a finished run on its board, and removing one."""

from collections.abc import Iterator, Mapping

from valhub.analyses.services.columns import learn_columns
from valhub.evaluation.results import Aggregate
from valhub.jobs.models import Run, Status
from valhub.jobs.selectors.stored_aggregates import aggregates_of
from valhub.jobs.services.run_summary import RunSummary
from valhub.leaderboards.services.board_locks import make_board
from valhub.leaderboards.services.entries import ScoredValue, Values, place_run, remove_run


def prepare_board(run: Run, summed: RunSummary) -> None:
    """Make a board ready for a run's scores, before the run's row is changed."""
    learn_columns(run.version, list(summed.aggregates))
    make_board(run.version)


def enter_on_board(run: Run, summed: RunSummary) -> None:
    """Place a run's scores on its ready board; inside the transaction that finishes it."""
    _put(run, summed.coverage, _values(summed.aggregates))


def remove_from_board(run: Run) -> None:
    """Remove a run from its board, inside a transaction; its account's next best replaces it."""
    # The board stays locked from here on, so that nothing is placed between the two.
    remove_run(version=run.version, run_id=run.pk)
    for other in _other_runs(run):
        restore_to_board(other)


def restore_to_board(run: Run) -> None:
    """Place an earlier finished run again, inside a transaction."""
    _put(run, run.coverage or 0.0, _values(aggregates_of(run)))


def _values(aggregates: Mapping[str, Aggregate]) -> Values:
    return {
        name: ScoredValue(one.value, one.low, one.high, one.systems)
        for name, one in aggregates.items()
    }


def _put(run: Run, coverage: float, values: Values) -> None:
    submission = run.submission
    place_run(
        version=run.version,
        account=submission.created_by,
        submission_id=submission.pk,
        run_id=run.pk,
        display_name=submission.display_name,
        is_baseline=submission.is_baseline,
        coverage=coverage,
        values=values,
        submitted_at=submission.submitted_at,
    )


def _other_runs(run: Run) -> Iterator[Run]:
    others = Run.objects.filter(
        version=run.version,
        status=Status.FINISHED,
        submission__created_by=run.submission.created_by_id,
        submission__archived=False,
    )
    return others.exclude(pk=run.pk).select_related("submission", "version").iterator()
