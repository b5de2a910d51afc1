"""Which runs release their scores, where an analysis releases improvements alone.

Everything that is shown of hidden files helps to fit an algorithm to them. A run that improves on
its author's best by no more than the smallest difference that matters shows nothing, and takes no
place: so many tries that differ by noise learn nothing from it (Blum and Hardt, The Ladder, 2015).
"""

from dataclasses import replace
from typing import Final

from valhub.analyses.disclosure import policy_of
from valhub.analyses.models import AnalysisVersion
from valhub.cloud.row_locks import locked
from valhub.evaluation.results import Aggregate
from valhub.evaluation.wording import VERDICT_WORDS, quantity
from valhub.jobs.models import Run, Status
from valhub.jobs.selectors.stored_aggregates import aggregates_of
from valhub.jobs.services.run_summary import RunSummary
from valhub.leaderboards.columns import shown_columns
from valhub.leaderboards.order import Place, place_of

NO_IMPROVEMENT: Final = "No improvement"


def with_release(run: Run, summed: RunSummary) -> RunSummary:
    """Decide whether a run releases its scores; inside the transaction that finishes it.

    Parameters
    ----------
    run : Run
        Its row is locked; nothing of it has been changed yet.

    Returns
    -------
    RunSummary
        As given, or not released, with a message that says so and nothing else. Without scores
        there is nothing to release, and the message says no more than the verdict.
    """
    declared = policy_of(run.version)
    if declared.policy.release == "every":
        return summed
    if not summed.coverage:
        message = f"No hidden file has a score: {VERDICT_WORDS[summed.verdict]}."
        return replace(summed, released=False, message=message)
    # Of two runs that finish at once, the second is compared with the first.
    version = locked(AnalysisVersion.objects).get(pk=run.version_id)
    least = declared.smallest_difference
    new = _place(version, summed.aggregates, summed.coverage)
    earlier = (_place(version, aggregates_of(one), one.coverage or 0.0) for one in _released(run))
    if all(is_improvement(new, old, least=least) for old in earlier):
        return summed
    primary = shown_columns(version)[0]
    by = f" by more than {quantity(least, primary.unit)}" if least else ""
    message = f"{NO_IMPROVEMENT}: this run is not better than your best one{by}."
    return replace(summed, released=False, message=message)


def is_improvement(new: Place, old: Place, *, least: float) -> bool:
    """Whether a run is better than another by more than the smallest difference that matters.

    A run that answers more files is; of runs that answer equally many, the loss decides.
    """
    if new.standing != old.standing:
        return new.standing < old.standing
    return new.sort_value < old.sort_value - least


def _place(version: AnalysisVersion, aggregates: dict[str, Aggregate], coverage: float) -> Place:
    primary = shown_columns(version)[0]
    one = aggregates.get(primary.name)
    return place_of(one.value if one else None, coverage=coverage, best=primary.best)


def _released(run: Run) -> list[Run]:
    """Find what an author has seen scores of, archived or not."""
    author = run.submission.created_by_id
    runs = Run.objects.filter(
        version=run.version, status=Status.FINISHED, released=True, submission__created_by=author
    )
    return list(runs.exclude(pk=run.pk).select_related("version").defer("slices", "final"))
