"""Notifying workers on other machines that there is work to poll for.

The work's row says everything; a message only says where to look. It is sent once the row is
committed, and the sweeper sends lost ones again, so no failure here affects the caller.
Without a broker nothing is sent: workers poll.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now

from valhub.analyses.models import Analysis, AnalysisState
from valhub.cloud.queues import QueueError, open_queues
from valhub.cloud.transactions import after_commit
from valhub.jobs.clock import ago
from valhub.jobs.models import LeasedWork, Preparation, Shard, Work

log = logging.getLogger(__name__)

# A worker that is woken works until nothing is left, so more messages than workers wake nobody; and
# the author of the submission waits until they are sent.
_AT_ONCE = 100
# The analysis of a piece of work.
_ANALYSIS = {Shard: "run__version__analysis", Preparation: "version__analysis"}


def notify_workers(
    analysis_id: int, shard_ids: Sequence[int | None] | QuerySet[Shard, int]
) -> None:
    """Notify the workers of an analysis of new work, once the caller's transaction is committed."""
    if settings.QUEUE is not None:
        messages = list(shard_ids[:_AT_ONCE])
        after_commit(_send, analysis_id, messages)


def notify_workers_of(work: LeasedWork) -> None:
    """Notify the workers of a piece of work that it can be claimed again; builders poll."""
    if settings.QUEUE is not None and type(work) in _ANALYSIS:
        analysis = type(work)._default_manager.filter(pk=work.pk)
        notify_workers(
            analysis.values_list(_ANALYSIS[type(work)], flat=True).get(), [_message(work)]
        )


def _message(work: LeasedWork) -> int | None:
    """The content of a message about a piece of work."""
    return work.pk if isinstance(work, Shard) else None


def _send(analysis_id: int, shard_ids: Iterable[int | None]) -> bool:
    try:
        open_queues().send(analysis_id, *shard_ids)
    except QueueError as error:
        log.warning("wake_up_not_sent analysis=%s code=%s", analysis_id, error.code)
        return False
    return True


def make_queue(analysis_id: int) -> None:
    """Make sure an analysis' queue exists, once the caller's transaction is committed."""
    if settings.QUEUE is not None:
        after_commit(_make, analysis_id)


def _make(analysis_id: int) -> bool:
    try:
        open_queues().make_sure(analysis_id)
    except QueueError as error:
        log.warning("queue_not_made analysis=%s code=%s", analysis_id, error.code)
        return False
    return True


def listened_to() -> list[int]:
    """The analyses whose queues are in use."""
    used = Analysis.objects.filter(current_version__isnull=False).exclude(
        state=AnalysisState.CLOSED
    )
    return list(used.values_list("pk", flat=True))


def make_queues_again() -> None:
    """Make sure all queues exist, even if some were deleted meanwhile."""
    if settings.QUEUE is not None:
        # When one cannot be made, the others cannot either.
        all(_make(pk) for pk in listened_to())


def wake_again() -> None:
    """Notify workers again of work that none of them has claimed for a while."""
    if settings.QUEUE is not None:
        waited = ago(timedelta(seconds=settings.WAKE_AGAIN_S))
        for model, analysis in _ANALYSIS.items():
            waiting = model._default_manager.filter(state=Work.QUEUED, woken_at__lt=waited)
            _wake_again(waiting, analysis)


def _wake_again(waiting: QuerySet[LeasedWork], analysis: str) -> None:
    for pk in waiting.order_by().values_list(analysis, flat=True).distinct():
        if not _make(pk):
            return
        # A worker that becomes free finds the messages in the queue: more would only pile up.
        if not open_queues().depth(pk):
            oldest = waiting.filter(**{analysis: pk}).order_by("queued_at")[:_AT_ONCE]
            _send(pk, [_message(work) for work in oldest if _is_first_to_wake(work)])


def _is_first_to_wake(work: LeasedWork) -> bool:
    """Mark work as notified; False when another sweeper was faster, or a worker has it."""
    as_read = type(work)._default_manager.filter(
        pk=work.pk, state=Work.QUEUED, woken_at=work.woken_at
    )
    return bool(as_read.update(woken_at=Now()))
