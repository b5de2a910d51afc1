"""How far the events of submissions are: of many at once, and those that follow one."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from valhub.jobs.models import ENDED, Event, Submission

# As many events as are read at once.
MOST_EVENTS = 1000


@dataclass(frozen=True)
class EventState:
    """A submission, as far as its followers need it; read in one moment."""

    count: int
    status: str
    created_by: UUID
    organiser: UUID

    def has_ended(self, last: int) -> bool:
        """Whether it has ended, and this was its last event."""
        return self.status in ENDED and last >= self.count


def event_state(submission: Submission) -> EventState:
    """Give the state of a submission as it was read."""
    return EventState(
        count=submission.events_count,
        status=submission.status,
        created_by=submission.created_by_id,
        organiser=submission.analysis.creator_id,
    )


def event_states(submissions: Collection[UUID]) -> dict[UUID, EventState]:
    """Read the states of some submissions, in one query; those that were deleted are left out."""
    columns = ("pk", "events_count", "status", "created_by", "analysis__creator")
    rows = Submission.objects.filter(pk__in=submissions).values_list(*columns)
    return {
        pk: EventState(count, status, author, organiser)
        for pk, count, status, author, organiser in rows
    }


def events_after(submission_id: UUID, number: int) -> list[Event]:
    """Read the events after one, the oldest first; at most `MOST_EVENTS`."""
    found = Event.objects.filter(submission_id=submission_id, number__gt=number)
    return list(found.order_by("number")[:MOST_EVENTS])
