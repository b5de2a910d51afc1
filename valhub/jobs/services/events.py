"""The event log of a submission: one row for each thing that happens, numbered without a gap."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from valhub.jobs.models import Event, Submission


def record_event(submission_id: UUID, kind: str, **data: object) -> None:
    """Record one event of a submission; part of the caller's transaction if there is one."""
    with transaction.atomic():
        # The update locks the row, so two events never get one number.
        rows = Submission.objects.filter(pk=submission_id)
        rows.update(events_count=F("events_count") + 1)
        number = rows.values_list("events_count", flat=True).get()
        Event.objects.create(submission_id=submission_id, number=number, kind=kind, data=data)
