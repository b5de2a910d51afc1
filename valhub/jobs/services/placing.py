"""Putting a finished run on its board, and taking one off."""

from collections.abc import Iterator

from valhub.analyses.services.columns import learn_columns
from valhub.jobs.models import Run, Status
from valhub.jobs.services.summing_up import Summed
from valhub.leaderboards.services.placing import ScoredRun, place_run, remove_run


def place(run: Run, summed: Summed) -> None:
    """Place a run's scores; inside the transaction that finishes it."""
    learn_columns(run.version, list(summed.aggregates))
    submission = run.submission
    place_run(
        version=run.version,
        account=submission.created_by,
        submission_id=submission.pk,
        run_id=run.pk,
        display_name=submission.display_name,
        is_baseline=submission.is_baseline,
        coverage=summed.coverage,
        values={name: (one.value, one.low, one.high) for name, one in summed.aggregates.items()},
        submitted_at=submission.submitted_at,
    )


def take_off(run: Run) -> None:
    """Take a run off its board; its account's next best one takes the place."""
    remove_run(
        version=run.version,
        account=run.submission.created_by,
        run_id=run.pk,
        remaining=lambda: _other_runs(run),
    )


def _other_runs(run: Run) -> Iterator[ScoredRun]:
    others = Run.objects.filter(
        version=run.version,
        status=Status.FINISHED,
        submission__created_by=run.submission.created_by_id,
        submission__archived=False,
    )
    for other in others.exclude(pk=run.pk).select_related("submission"):
        submission = other.submission
        yield ScoredRun(
            submission.pk,
            other.pk,
            submission.display_name,
            submission.is_baseline,
            other.coverage or 0.0,
            {
                name: (one["value"], one["low"], one["high"])
                for name, one in other.aggregates.items()
            },
            submission.submitted_at,
        )
