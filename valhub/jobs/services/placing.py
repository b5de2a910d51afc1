"""Putting a finished run on its board, and taking one off."""

from valhub.analyses.services.columns import learn_columns
from valhub.jobs.models import Run, Status
from valhub.jobs.services.summing_up import Summed
from valhub.leaderboards.services.placing import place_run, remove_run

Values = dict[str, tuple[float, float | None, float | None]]


def place(run: Run, summed: Summed) -> None:
    """Place a run's scores; inside the transaction that finishes it."""
    values = {name: (one.value, one.low, one.high) for name, one in summed.aggregates.items()}
    _place(run, summed.coverage, values)


def replace_archived(run: Run) -> None:
    """Take a run off its board and place its account's next best there."""
    remove_run(run_id=run.pk, version=run.version)
    others = Run.objects.filter(
        version=run.version,
        status=Status.FINISHED,
        submission__created_by=run.submission.created_by_id,
        submission__archived=False,
    )
    for other in others.exclude(pk=run.pk).select_related("submission__created_by"):
        values = {
            name: (one["value"], one["low"], one["high"]) for name, one in other.aggregates.items()
        }
        _place(other, other.coverage or 0.0, values)


def _place(run: Run, coverage: float, values: Values) -> None:
    submission = run.submission
    learn_columns(version=run.version, names=list(values))
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
