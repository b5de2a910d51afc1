"""What a leaderboard needs of a run besides its scores: losses by system, and wider intervals."""

from collections.abc import Sequence, Set

from valhub.evaluation.results import Aggregate, FileOutcome
from valhub.evaluation.scoring.losses import losses_of
from valhub.evaluation.scoring.packed_losses import PackedLosses
from valhub.evaluation.scoring.plan import Scoring
from valhub.evaluation.scoring.summary import (
    SYSTEM_COLUMN,
    Metadata,
    aggregates_over,
    scored_metrics,
)


def board_losses(
    plan: Scoring, results: Sequence[FileOutcome], metadata: Metadata, on_leaderboard: Set[str]
) -> PackedLosses:
    """Sum up the metric that ranks, system by system.

    Parameters are those of `summary.summarise`. The systems come in the order of the names of
    their first files, which is the same for all runs of a version.
    """
    primary = next(one for one in plan.aggregates if one.name == plan.primary)
    column = primary.column.name
    scored = scored_metrics(plan, results, on_leaderboard)
    losses = losses_of(
        [{name: metrics[column] for name, metrics in scored.items() if column in metrics}],
        {name: metadata.get(name, {}).get(SYSTEM_COLUMN) for name in sorted(on_leaderboard)},
        operation=primary.operation,
        best=primary.best,
    )
    return losses.pack()[0]


def aggregates_of_best(
    plan: Scoring,
    results: Sequence[FileOutcome],
    metadata: Metadata,
    on_leaderboard: Set[str],
    *,
    tries: int,
) -> dict[str, Aggregate]:
    """Aggregate the best of so many runs, with intervals that are wider for that choice.

    The other parameters are those of `summary.summarise`.
    """
    scored = scored_metrics(plan, results, on_leaderboard)
    return aggregates_over(plan, scored, metadata, tries=tries)
