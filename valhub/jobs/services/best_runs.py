"""The intervals of an account's best run, which was chosen among all of its runs."""

from valhub.analyses.models import PackageKind
from valhub.jobs.models import Run
from valhub.jobs.services.board_entries import board_values
from valhub.jobs.services.engine_summary import aggregates_of_best_run
from valhub.leaderboards.services.run_losses import best_run_of, replace_intervals


def widen_for_choice(run: Run, tries: int) -> None:
    """Widen the intervals on the board of what is the best of so many results.

    Inside the transaction that keeps the latest of them, because the level depends on how many
    there are.

    Parameters
    ----------
    run : Run
        Any run of the account on this version.
    """
    if tries < 2 or run.version.kind == PackageKind.SCRIPT:
        return
    best = best_run_of(run.version, run.submission.created_by)
    if best is None:
        return
    chosen = run if run.pk == best else Run.objects.select_related("version").get(pk=best)
    aggregates = aggregates_of_best_run(chosen, tries=tries)
    replace_intervals(version=run.version, run_id=best, values=board_values(aggregates))
