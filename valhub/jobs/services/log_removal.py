"""Removing what is stored for some time only: algorithms' output, and the events of each file.

Scores, verdicts and the other events of a submission stay for ever. Runs are visited in the order
of their keys, a few at a time, starting where the last visit ended; it stops at the first one that
is not old enough or has not ended.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from valhub.jobs.clock import age_of
from valhub.jobs.models import Event, FileResult, Mark, Run

LOGS_REMOVED = "logs removed up to run"
_AT_ONCE = 100


def remove_old_logs() -> None:
    """Remove what is older than `VALHUB_KEEP_LOGS_DAYS`, unless it is kept for ever."""
    if settings.KEEP_LOGS_DAYS is None:
        return
    mark, _ = Mark.objects.get_or_create(name=LOGS_REMOVED)
    runs = Run.objects.filter(pk__gt=mark.number).annotate(ended=age_of("finished_at"))
    for run in runs.order_by("pk")[:_AT_ONCE]:
        if run.ended is None or run.ended < timedelta(days=settings.KEEP_LOGS_DAYS):
            return
        _remove_logs(run)


def _remove_logs(run: Run) -> None:
    of_files = Event.objects.filter(submission=run.submission_id, kind__in=("file", "files"))
    events = of_files.filter(data__run=run.number)
    with transaction.atomic():
        FileResult.objects.filter(run=run).update(logs="", traceback="")
        events.delete()
        Mark.objects.filter(name=LOGS_REMOVED, number__lt=run.pk).update(number=run.pk)
