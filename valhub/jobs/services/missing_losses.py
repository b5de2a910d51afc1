"""Keeps the losses of runs that an earlier release finished, from the results of their files.

Runs are visited in the order of their keys, a few at a time, starting where the last visit ended,
or at the first run whose package could not be read at that moment. A run that finishes later keeps
its own.
"""

import logging

from django.db import transaction

from valhub.cloud.errors import StorageError
from valhub.cloud.row_locks import locked
from valhub.cloud.transactions import again_after_deadlock
from valhub.errors import ValhubError
from valhub.jobs.models import Mark, Run, Status
from valhub.jobs.services.best_runs import widen_for_choice
from valhub.jobs.services.board_entries import keep_losses_of
from valhub.jobs.services.engine_summary import losses_of_run
from valhub.leaderboards.models import RunLosses

log = logging.getLogger(__name__)

LOSSES_KEPT = "losses kept up to run"
_AT_ONCE = 50


def keep_missing_losses() -> None:
    """Keep the losses of finished runs that have none."""
    mark, _ = Mark.objects.get_or_create(name=LOSSES_KEPT)
    finished = Run.objects.filter(pk__gt=mark.number, status=Status.FINISHED)
    settled = True
    for run in finished.select_related("version", "submission").order_by("pk")[:_AT_ONCE]:
        if not RunLosses.objects.filter(run_id=run.pk).exists():
            settled = _try_to_keep(run) and settled
        if settled:
            Mark.objects.filter(name=LOSSES_KEPT, number__lt=run.pk).update(number=run.pk)


def _try_to_keep(run: Run) -> bool:
    """Keep a run's losses; False where a later visit may succeed instead."""
    try:
        _keep(run)
    except (ValhubError, OSError) as error:
        # Where its package is gone, the run stays on its board, and its rank open.
        log.warning("losses_unknown run=%s reason=%s", run.pk, error)
        return isinstance(error, ValhubError) and not isinstance(error, StorageError)
    return True


@again_after_deadlock
def _keep(run: Run) -> None:
    losses = losses_of_run(run)
    with transaction.atomic():
        locked(Run.objects).get(pk=run.pk)
        tries = keep_losses_of(run, losses)
        widen_for_choice(run, tries)
